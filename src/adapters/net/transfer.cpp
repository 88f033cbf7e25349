#include "adapters/net/transfer.hpp"

#include <algorithm>
#include <utility>

#include "adapters/net/exchange_rules.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::size_t error_page_kept = std::size_t{64} << 10;
constexpr std::uint64_t error_page_limit = std::uint64_t{1} << 20;
constexpr std::uint64_t header_limit = std::uint64_t{1} << 20;
constexpr std::size_t headers_kept = 200;
constexpr int failures_of_a_stall = 2;
constexpr const char* usual_hint = "check the network and the indexes that apt and pip are configured with";
// A try that brought so much is no failure in a row: a large file over a bad line comes in the end, and the
// number of tries stays bounded by its size.
constexpr std::uint64_t progress_enough = std::uint64_t{1} << 20;

bool is_success(long status) {
  return status == 0 || (status >= 200 && status < 300);  // 0: file:
}

}  // namespace

Transfer::Transfer(HttpRequest request, HttpClient::Handler handler)
    : request_(std::move(request)), handler_(std::move(handler)) {}

bool Transfer::is_page() const noexcept {
  return !request_.sink && !request_.as_served && !request_.range && !request_.suffix;
}

bool Transfer::may_be_compressed() const noexcept {
  return is_page() && resumes_at_ == 0;
}

void Transfer::start_afresh() {
  const bool had_begun = tries_ > 1;
  received_ = 0;
  resumes_at_ = 0;
  validator_.clear();
  whole_.reset();
  response_.body.clear();
  response_.resumed = false;
  if (had_begun && request_.restart) request_.restart();
}

void Transfer::begin() {
  ++tries_;
  in_try_ = 0;
  header_bytes_ = 0;
  judged_ = misfit_ = enough_ = too_large_ = false;
  error_page_.clear();
  gzip_.reset();
  fault_.clear();
  response_.headers.clear();
  response_.status = 0;
  if (received_ > 0 && !validator_.empty()) {
    resumes_at_ = received_;
  } else {
    start_afresh();
  }
}

bool Transfer::header_line(std::string_view line) noexcept {
  try {
    header_bytes_ += line.size();
    if (header_bytes_ > header_limit) return false;
    line = trim(line);
    // A status line begins a new head: of a redirect's target, or after "100 Continue".
    if (line.starts_with("HTTP/")) {
      response_.headers.clear();
      const auto space = line.find(' ');
      const auto code = space == std::string_view::npos ? "" : trim(line.substr(space)).substr(0, 3);
      response_.status = static_cast<long>(parse_number(code).value_or(0));
      return true;
    }
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && response_.headers.size() < headers_kept) {
      response_.headers.emplace_back(to_lower(line.substr(0, colon)),
                                     std::string(trim(line.substr(colon + 1))));
    }
    return true;
  } catch (...) {
    thrown_ = std::current_exception();
    return false;
  }
}

bool Transfer::misfits(std::string why) {
  misfit_ = true;
  fault_ = std::move(why);
  return false;
}

// libcurl undoes a transfer coding unasked, and does not notice where the end of one is missing.
bool Transfer::judge_codings() {
  const std::string transfer = to_lower(response_.header("transfer-encoding").value_or("chunked"));
  if (transfer != "chunked" && transfer != "identity")
    return misfits("the server sends it with the transfer coding " + transfer + ", which nobody asked for");
  if (!is_page()) return true;
  const std::string content = to_lower(response_.header("content-encoding").value_or(""));
  if (content.empty() || content == "identity") return true;
  if ((content != "gzip" && content != "x-gzip") || response_.status == 206)
    return misfits("the server sends it compressed as " + content + ", which nobody asked for");
  gzip_.emplace();
  return true;
}

// Once a try, before its first byte: whether the answer goes on where we are, and whether it can be gone on
// with should it break.
bool Transfer::judge_head() {
  judged_ = true;
  if (!judge_codings()) return false;
  if (resumes_at_ > 0 && response_.status == 206) {
    const auto told = response_.header("content-range");
    const auto range = told ? parse_content_range(*told) : std::nullopt;
    const bool fits =
        range && range->first == resumes_at_ &&
        (!range->total || (*range->total == range->last + 1 && (!whole_ || *whole_ == *range->total)));
    misfit_ = !fits;
    response_.resumed = fits;
    if (fits && range->total) whole_ = range->total;
    return fits;
  }
  if (response_.status != 200) return true;
  // The whole of it once more: the server has no ranges, or another state of the file.
  if (resumes_at_ > 0) start_afresh();
  if (request_.range && !request_.sink) {
    enough_ = true;
    return false;
  }
  if (request_.range || request_.suffix || response_.header("content-encoding")) return true;
  validator_ = resume_validator(response_).value_or("");
  whole_ = response_.total_size();
  // What is kept in memory need not come to its limit first.
  too_large_ = !request_.sink && whole_ && *whole_ > request_.max_bytes;
  return !too_large_;
}

bool Transfer::take(std::string_view piece) {
  in_try_ += piece.size();
  if (!is_success(response_.status)) {
    // Of an error page the beginning is enough.
    error_page_.append(piece.substr(0, error_page_kept - std::min(error_page_kept, error_page_.size())));
    enough_ = in_try_ > error_page_limit;
    return !enough_;
  }
  if (!judged_ && !judge_head()) return false;
  if (!gzip_) return keep(piece);
  const auto judgement = gzip_->add(piece, [this](std::string_view part) { return keep(part); });
  return judgement == GzipBody::Judgement::damaged ? misfits("what the server sends as gzip is damaged")
                                                   : judgement == GzipBody::Judgement::good;
}

bool Transfer::keep(std::string_view piece) {
  received_ += piece.size();
  if (received_ > request_.max_bytes) {
    too_large_ = true;
    return false;
  }
  if (request_.sink) {
    request_.sink(piece);
  } else {
    response_.body.append(piece);
  }
  return true;
}

bool Transfer::body_piece(std::string_view piece) noexcept {
  try {
    return take(piece);
  } catch (...) {
    thrown_ = std::current_exception();
    return false;
  }
}

bool Transfer::was_busy() const {
  return is_busy(response_);
}

Transfer::Next Transfer::end(Outcome outcome, bool others_answered) {
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (too_large_) return Next::fail;
  if (enough_) outcome = Outcome::answered;
  if (outcome == Outcome::answered && !judged_ && !enough_ && is_success(response_.status)) judge_head();
  if (outcome == Outcome::answered && !misfit_ && !enough_ && gzip_ && !gzip_->whole())
    misfits("what the server sends as gzip ends in the middle");
  const bool short_rest = outcome == Outcome::answered && response_.status == 206 && response_.resumed &&
                          whole_ && received_ != *whole_;
  if (misfit_ || short_rest || (resumes_at_ > 0 && response_.status == 416)) {
    validator_.clear();
    outcome = Outcome::broken;
  }
  if (outcome == Outcome::refused) return Next::fail;
  if (outcome == Outcome::answered && !status_may_pass(response_.status)) return Next::deliver;
  const bool is_answer = outcome == Outcome::answered;
  response_.retry_after = is_answer ? asked_pause(response_, now()) : 0;
  const bool went_on = !is_answer && !validator_.empty() && in_try_ >= progress_enough;
  const bool in_turn = is_answer && others_answered && was_busy();
  const int weight = outcome == Outcome::stalled ? failures_of_a_stall : 1;
  failed_in_a_row_ = went_on || in_turn ? 1 : failed_in_a_row_ + weight;
  const auto pause = pause_before_next(failed_in_a_row_, response_.retry_after);
  if (!pause) return is_answer ? Next::deliver : Next::fail;
  pause_ = *pause;
  return Next::again;
}

void Transfer::deliver(const std::string& final_url) {
  if (!is_success(response_.status)) response_.body = std::move(error_page_);
  // The parts together are the whole that was asked for.
  if (response_.resumed && response_.status == 206) response_.status = 200;
  response_.url = final_url;
  if (handler_) handler_(response_);
}

void Transfer::fail(const std::string& reason, const std::string& hint) {
  const std::string url = without_credentials(request_.url);
  const Error error = too_large_
                          ? Error(ErrorKind::input, "too-large",
                                  url + " is larger than the " + std::to_string(request_.max_bytes) +
                                      " bytes that can be right")
                          : Error(ErrorKind::surroundings, "network", "cannot fetch " + url + ": " + reason,
                                  hint.empty() ? usual_hint : hint);
  if (!request_.failed) throw Error(error);
  request_.failed(error);
}

std::string Transfer::progress_words() const {
  return "after " + std::to_string(received_) + " bytes" + (whole_ ? " of " + std::to_string(*whole_) : "") +
         ", tried " + std::to_string(tries_) + (tries_ == 1 ? " time" : " times");
}

}  // namespace mlrepro

#include "adapters/net/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <map>
#include <mutex>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

using Clock = std::chrono::steady_clock;
using Easy = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Deleter<curl_multi_cleanup>>;
using Headers = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;

constexpr int attempts = 3;
constexpr std::size_t open_at_once = 64;
constexpr long connections_a_host = 4;
constexpr std::size_t error_page_limit = std::size_t{64} << 10;

bool passing_status(long status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool passing_fault(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

// One request on its way: what was asked, what has come, and how often it was tried.
struct Transfer {
  HttpRequest request;
  HttpClient::Handler handler;
  HttpResponse response;
  Easy easy;
  Headers headers;
  std::string url;
  std::uint64_t received = 0;
  int attempt = 0;
  bool to_sink = false;
  bool too_large = false;
  std::exception_ptr thrown;
  Clock::time_point not_before;

  void restart() {
    response = {};
    received = 0;
    too_large = false;
    if (attempt > 0 && request.restart) request.restart();
  }
};

std::size_t on_body(char* data, std::size_t one, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t size = one * count;
  try {
    long status = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.received += size;
    // Of an error page the beginning is enough.
    if (status != 0 && (status < 200 || status >= 300)) {
      const std::size_t room = error_page_limit - std::min(error_page_limit, transfer.response.body.size());
      transfer.response.body.append(data, std::min(room, size));
      return size;
    }
    if (transfer.received > transfer.request.max_bytes) {
      transfer.too_large = true;
      return CURL_WRITEFUNC_ERROR;
    }
    if (transfer.request.sink) {
      transfer.request.sink({data, size});
    } else {
      transfer.response.body.append(data, size);
    }
    return size;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

std::size_t on_header(char* data, std::size_t one, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t size = one * count;
  try {
    const std::string_view line = trim({data, size});
    // A status line begins a new head: of a redirect's target, or after "100 Continue".
    if (line.starts_with("HTTP/")) transfer.response.headers.clear();
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && transfer.response.headers.size() < 200) {
      transfer.response.headers.emplace_back(to_lower(line.substr(0, colon)),
                                             std::string(trim(line.substr(colon + 1))));
    }
    return size;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
}

Error network_error(const Transfer& transfer, const std::string& reason) {
  return Error(ErrorKind::surroundings, "network",
               "cannot fetch " + without_credentials(transfer.url) + ": " + reason,
               "check the network and the indexes that apt and pip are configured with");
}

}  // namespace

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.rbegin(), headers.rend(), [&](const auto& pair) { return pair.first == name; });
  return found == headers.rend() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint64_t> HttpResponse::total_size() const {
  if (const auto range = header("content-range")) {
    return parse_number(std::string_view(*range).substr(std::min(range->rfind('/'), range->size() - 1) + 1));
  }
  if (status == 206) return std::nullopt;
  const auto length = header("content-length");
  return length ? parse_number(*length) : std::nullopt;
}

struct HttpClient::Implementation {
  explicit Implementation(bool is_offline) : offline(is_offline) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi.reset(curl_multi_init());
    if (!multi) throw Error(ErrorKind::internal, "curl", "libcurl cannot start");
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections_a_host);
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() { cancel(); }

  void prepare(Transfer& transfer) {
    if (!transfer.easy) {
      if (idle.empty()) {
        transfer.easy.reset(curl_easy_init());
      } else {
        transfer.easy = std::move(idle.back());
        idle.pop_back();
        curl_easy_reset(transfer.easy.get());
      }
    }
    CURL* easy = transfer.easy.get();
    if (easy == nullptr) throw Error(ErrorKind::internal, "curl", "libcurl cannot make a request");
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_URL, transfer.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https,file");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 10L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_PIPEWAIT, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    if (const auto authorities = environment(env::ssl_cert_file)) set(CURLOPT_CAINFO, authorities->c_str());
    set(CURLOPT_USERAGENT, "mlrepro/0.1.0");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
    set(CURLOPT_CONNECTTIMEOUT, 20L);
    set(CURLOPT_LOW_SPEED_LIMIT, 100L);
    set(CURLOPT_LOW_SPEED_TIME, 60L);
    set(CURLOPT_BUFFERSIZE, 256L * 1024L);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_PRIVATE, &transfer);
    // A compressed answer has no ranges of the file and no size of it.
    const bool whole_page = !transfer.request.sink && !transfer.request.range && !transfer.request.suffix;
    if (whole_page) set(CURLOPT_ACCEPT_ENCODING, "");
    if (transfer.request.range) {
      set(CURLOPT_RANGE, (std::to_string(transfer.request.range->first) + "-" +
                          std::to_string(transfer.request.range->second))
                             .c_str());
    } else if (transfer.request.suffix) {
      set(CURLOPT_RANGE, ("-" + std::to_string(*transfer.request.suffix)).c_str());
    }
    transfer.headers.reset();
    for (const auto& [name, value] : transfer.request.headers) {
      curl_slist* longer = curl_slist_append(transfer.headers.get(), (name + ": " + value).c_str());
      if (longer == nullptr) throw std::bad_alloc();
      (void)transfer.headers.release();
      transfer.headers.reset(longer);
    }
    if (transfer.headers) set(CURLOPT_HTTPHEADER, transfer.headers.get());
  }

  // Moves what waits and may go into curl; returns how long until the next that waits for its time.
  std::chrono::milliseconds start_waiting() {
    auto soonest = std::chrono::milliseconds(1000);
    const auto at = Clock::now();
    for (std::size_t looked = waiting.size(); looked > 0 && active.size() < open_at_once; --looked) {
      auto transfer = std::move(waiting.front());
      waiting.pop_front();
      if (transfer->not_before > at) {
        soonest = std::min(soonest, std::chrono::ceil<std::chrono::milliseconds>(transfer->not_before - at));
        waiting.push_back(std::move(transfer));
        continue;
      }
      transfer->restart();
      prepare(*transfer);
      ++use.requests;
      curl_multi_add_handle(multi.get(), transfer->easy.get());
      CURL* key = transfer->easy.get();
      active.emplace(key, std::move(transfer));
    }
    return soonest;
  }

  void finish(CURL* easy, CURLcode code) {
    const auto found = active.find(easy);
    if (found == active.end()) return;
    auto transfer = std::move(found->second);
    active.erase(found);
    curl_multi_remove_handle(multi.get(), easy);
    use.bytes += transfer->received;
    if (transfer->thrown) std::rethrow_exception(transfer->thrown);
    if (transfer->too_large) {
      throw Error(ErrorKind::input, "too-large",
                  without_credentials(transfer->url) + " is larger than the " +
                      std::to_string(transfer->request.max_bytes) + " bytes that can be right");
    }
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const bool is_file = transfer->url.starts_with("file:");
    if (is_file && code == CURLE_FILE_COULDNT_READ_FILE) {
      status = 404;
      code = CURLE_OK;
    } else if (is_file && code == CURLE_OK) {
      status = transfer->request.range || transfer->request.suffix ? 206 : 200;
    }
    const bool again =
        (code != CURLE_OK && passing_fault(code)) || (code == CURLE_OK && passing_status(status));
    if (again && ++transfer->attempt < attempts) {
      auto pause = std::chrono::milliseconds(250 * transfer->attempt * transfer->attempt);
      if (const auto asked = transfer->response.header("retry-after")) {
        pause = std::max(pause, std::chrono::milliseconds(
                                    1000 * std::min<std::uint64_t>(parse_number(*asked).value_or(1), 30)));
      }
      transfer->not_before = Clock::now() + pause;
      waiting.push_back(std::move(transfer));
      return;
    }
    if (code != CURLE_OK) throw network_error(*transfer, curl_easy_strerror(code));
    char* effective = nullptr;
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &effective);
    transfer->response.status = status;
    transfer->response.url = effective != nullptr ? effective : transfer->url;
    idle.push_back(std::move(transfer->easy));
    if (transfer->handler) transfer->handler(transfer->response);
  }

  void run() {
    while (!active.empty() || !waiting.empty()) {
      const auto pause = start_waiting();
      int running = 0;
      curl_multi_perform(multi.get(), &running);
      int left = 0;
      bool ended = false;
      while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* easy = message->easy_handle;
        const CURLcode code = message->data.result;
        ended = true;
        finish(easy, code);
      }
      // curl_multi_poll itself wakes at curl's own next time-out.
      if (!ended) curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(pause.count()), nullptr);
    }
  }

  void cancel() noexcept {
    for (auto& [easy, transfer] : active)
      curl_multi_remove_handle(multi.get(), easy);
    active.clear();
    waiting.clear();
  }

  bool offline;
  NetworkUse use;
  Multi multi;
  std::deque<std::unique_ptr<Transfer>> waiting;
  std::map<CURL*, std::unique_ptr<Transfer>> active;
  std::vector<Easy> idle;  // easy handles used again: they keep what is costly to make
};

HttpClient::HttpClient(bool offline) : implementation_(std::make_unique<Implementation>(offline)) {}
HttpClient::~HttpClient() = default;

void HttpClient::submit(HttpRequest request, Handler handler) {
  if (implementation_->offline && !request.url.starts_with("file:")) {
    throw Error(ErrorKind::surroundings, "offline",
                "cannot fetch " + without_credentials(request.url) + ": --offline is set",
                "run once without --offline to fill the store");
  }
  auto transfer = std::make_unique<Transfer>();
  transfer->url = request.url;
  transfer->request = std::move(request);
  transfer->handler = std::move(handler);
  implementation_->waiting.push_back(std::move(transfer));
}

void HttpClient::run() {
  try {
    implementation_->run();
  } catch (...) {
    implementation_->cancel();
    throw;
  }
}

HttpResponse HttpClient::get(HttpRequest request) {
  HttpResponse answer;
  submit(std::move(request), [&](const HttpResponse& response) { answer = response; });
  run();
  if (answer.status < 200 || answer.status >= 300) {
    throw Error(
        ErrorKind::surroundings, "http-status",
        "the server answered " + std::to_string(answer.status) + " for " + without_credentials(answer.url));
  }
  return answer;
}

NetworkUse HttpClient::use() const noexcept {
  return implementation_->use;
}

}  // namespace mlrepro

// One request on its way: what was asked, what has come, how often it was tried, and what to do when a try
// ends. Knows HTTP and no libcurl; the event loop of HttpClient drives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/net/gzip_body.hpp"
#include "adapters/net/http_client.hpp"

namespace mlrepro {

class Transfer {
 public:
  Transfer(HttpRequest request, HttpClient::Handler handler);

  [[nodiscard]] const HttpRequest& request() const noexcept { return request_; }

  // Before every try. What came before stays where it can be completed, else HttpRequest::restart is called.
  void begin();
  // Where this try goes on, 0 at the start: ask for the bytes from here with If-Range: if_range().
  [[nodiscard]] std::uint64_t resumes_at() const noexcept { return resumes_at_; }
  [[nodiscard]] const std::string& if_range() const noexcept { return validator_; }
  // Whether to say that gzip is welcome: for a page, which is inflated before anybody sees it. What is
  // compressed has no ranges of the file and no size of it, and a file's digest is of the bytes served.
  [[nodiscard]] bool may_be_compressed() const noexcept;

  // As they come; false: the try should end now, and end() knows why. Neither throws.
  bool header_line(std::string_view line) noexcept;
  bool body_piece(std::string_view piece) noexcept;

  // broken: another try may do better. stalled: so it may, but each takes long.
  enum class Outcome { answered, broken, stalled, refused };
  enum class Next { deliver, again, fail };
  // `others_answered`: other requests to this server came to their end since begin(), so that a refusal for
  // being busy is no failure: our turn comes. Rethrows what a sink threw. After `again`, pause() is to be
  // kept before begin().
  Next end(Outcome outcome, bool others_answered = false);
  [[nodiscard]] std::chrono::milliseconds pause() const noexcept { return pause_; }

  // Whether this try was refused by a server that is busy.
  [[nodiscard]] bool was_busy() const;
  // Of a file: URL, which has no status line.
  void set_status(long status) noexcept { response_.status = status; }
  // After Next::deliver.
  void deliver(const std::string& final_url);
  // After Next::fail. Makes the Error, "too-large" or else "network" with this reason, which goes to
  // HttpRequest::failed or is thrown. `hint`: what to do, where it is not the usual.
  void fail(const std::string& reason, const std::string& hint = {});
  // This answer is not to be followed, and why.
  void refuse(std::string why) { fault_ = std::move(why); }
  // Bytes of bodies of this try; for the account of use.
  [[nodiscard]] std::uint64_t received_in_try() const noexcept { return in_try_; }
  // What is wrong with the answer of this try, where it is something that HTTP itself does not notice; empty:
  // nothing is known.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  // "after 500 bytes, 3 tries": for messages.
  [[nodiscard]] std::string progress_words() const;

 private:
  [[nodiscard]] bool is_page() const noexcept;
  bool judge_head();
  bool judge_codings();
  bool misfits(std::string why);
  void start_afresh();
  bool take(std::string_view piece);
  bool keep(std::string_view piece);

  HttpRequest request_;
  HttpClient::Handler handler_;
  HttpResponse response_;
  std::string error_page_;
  std::string validator_;               // what If-Range takes; empty: cannot be resumed
  std::optional<std::uint64_t> whole_;  // size that the first answer told
  std::uint64_t resumes_at_ = 0;
  std::uint64_t received_ = 0;  // of the file, over all tries
  std::uint64_t in_try_ = 0;
  std::uint64_t header_bytes_ = 0;
  int tries_ = 0;
  int failed_in_a_row_ = 0;
  bool judged_ = false;  // the head of this try's answer has been looked at
  bool misfit_ = false;  // an answer that cannot be used, though another try may bring a better one
  bool enough_ = false;  // nobody wants the rest of this body
  bool too_large_ = false;
  std::optional<GzipBody> gzip_;  // where the body of this try is compressed
  std::string fault_;
  std::exception_ptr thrown_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace mlrepro

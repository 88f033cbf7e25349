#include "adapters/net/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "adapters/net/busy_servers.hpp"
#include "adapters/net/curl_faults.hpp"
#include "adapters/net/curl_library.hpp"
#include "adapters/net/curl_route.hpp"
#include "adapters/net/exchange.hpp"
#include "adapters/net/origin.hpp"
#include "adapters/net/patience.hpp"
#include "adapters/net/transfer.hpp"
#include "base/error.hpp"
#include "base/handle.hpp"

namespace mlrepro {
namespace {

using Clock = Exchange::Clock;
using Easy = Exchange::Easy;
using Multi = std::unique_ptr<CURLM, Deleter<curl_multi_cleanup>>;

constexpr std::size_t open_at_once = 64;
constexpr long connections_a_host = 4;

long number_of(CURL* easy, CURLINFO what) {
  long number = 0;
  curl_easy_getinfo(easy, what, &number);
  return number;
}

}  // namespace

struct HttpClient::Implementation {
  Implementation(bool is_offline, Progress* told, std::function<HttpSettings()> given)
      : offline(is_offline), progress(told), read_settings(std::move(given)) {}
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() { cancel(); }

  // libcurl, when there is a first request.
  void start() {
    if (multi) return;
    load_curl();
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi.reset(curl_multi_init());
    if (!multi) throw Error(ErrorKind::internal, "curl", "libcurl cannot start");
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections_a_host);
  }

  Easy new_easy() {
    if (idle.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle.back());
    idle.pop_back();
    return easy;
  }

  void prepare(Exchange& exchange) {
    if (!exchange.easy) exchange.easy = new_easy();
    if (!exchange.easy) throw Error(ErrorKind::internal, "curl", "libcurl cannot make a request");
    exchange.route = route_to(exchange.transfer.request());
    exchange.prepare(authorities);
    warn_of(exchange);
  }

  Route route_to(const HttpRequest& request) {
    if (request.url.starts_with("file:")) return {};
    if (!settings) settings = read_settings ? read_settings() : HttpSettings{};
    return route_of(request.side == Side::os ? settings->os : settings->python, request.url);
  }

  void warn_of(const Exchange& exchange) {
    const auto& unchecked = exchange.route.unchecked;
    if (!unchecked || progress == nullptr || !exchange.origin.starts_with("https:")) return;
    if (unchecked_told.insert(exchange.origin).second)
      progress->warning("the certificate of " + exchange.origin + " is not checked: " + *unchecked +
                        " says so");
  }

  // Moves what waits and may go into curl; returns how long until the next that waits for its time.
  std::chrono::milliseconds start_waiting() {
    auto soonest = std::chrono::milliseconds(1000);
    const auto at = Clock::now();
    for (std::size_t looked = waiting.size(); looked > 0 && active.size() < open_at_once; --looked) {
      auto exchange = std::move(waiting.front());
      waiting.pop_front();
      const auto may_go = std::max(exchange->not_before, busy.free_at(exchange->origin));
      if (may_go > at) {
        soonest = std::min(soonest, std::chrono::ceil<std::chrono::milliseconds>(may_go - at));
        waiting.push_back(std::move(exchange));
        continue;
      }
      exchange->transfer.begin();
      exchange->began = patience.now();
      exchange->answers_before = busy.answers(exchange->origin);
      prepare(*exchange);
      ++use.requests;
      CURL* key = exchange->easy.get();
      if (curl_multi_add_handle(multi.get(), key) != CURLM_OK) {
        throw Error(ErrorKind::internal, "curl", "libcurl cannot take a request");
      }
      active.emplace(key, std::move(exchange));
    }
    return soonest;
  }

  void finish(CURL* easy, CURLcode code) {
    const auto found = active.find(easy);
    if (found == active.end()) return;
    auto exchange = std::move(found->second);
    active.erase(found);
    curl_multi_remove_handle(multi.get(), easy);
    Transfer& transfer = exchange->transfer;
    use.bytes += transfer.received_in_try();
    if (transfer.request().url.starts_with("file:")) {
      const bool missing = code == CURLE_FILE_COULDNT_READ_FILE;
      const bool part = transfer.request().range || transfer.request().suffix;
      if (missing) code = CURLE_OK;
      transfer.set_status(missing ? 404 : part ? 206 : 200);
    }
    patience.received(Patience::worth_of_an_answer);
    const bool others_answered = busy.answers(exchange->origin) > exchange->answers_before;
    const CurlEnd end{code, number_of(easy, CURLINFO_REDIRECT_COUNT),
                      number_of(easy, CURLINFO_HTTP_CONNECTCODE), exchange->words.data()};
    const auto next = transfer.end(outcome_of(end, transfer.request().url), others_answered);
    if (next == Transfer::Next::again) return try_again(std::move(exchange));
    busy.answered(exchange->origin);
    if (next == Transfer::Next::fail) {
      const Failure failure = failure_of(end, transfer, exchange->route);
      return transfer.fail(failure.reason, failure.hint);
    }
    char* effective = nullptr;
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &effective);
    const std::string final_url = effective != nullptr ? effective : transfer.request().url;
    idle.push_back(std::move(exchange->easy));
    transfer.deliver(final_url);
  }

  void try_again(std::unique_ptr<Exchange> exchange) {
    const auto at = Clock::now();
    const Transfer& transfer = exchange->transfer;
    exchange->not_before = at + transfer.pause();
    if (transfer.was_busy() && busy.busy(exchange->origin, exchange->not_before, at) && progress != nullptr &&
        transfer.pause() >= std::chrono::seconds(1)) {
      progress->note(exchange->origin + " is busy: waiting for " +
                     std::to_string(std::chrono::ceil<std::chrono::seconds>(transfer.pause()).count()) +
                     " s");
    }
    waiting.push_back(std::move(exchange));
  }

  void end_what_is_lost() {
    std::vector<CURL*> lost;
    for (const auto& [easy, exchange] : active) {
      if (patience.is_lost(exchange->began)) lost.push_back(easy);
    }
    for (CURL* easy : lost)
      finish(easy, CURLE_OPERATION_TIMEDOUT);
  }

  void wait(std::chrono::milliseconds pause) {
    const auto before = Clock::now();
    // curl_multi_poll itself wakes at curl's own next time-out.
    curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(pause.count()), nullptr);
    patience.waited(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - before));
    end_what_is_lost();
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
      if (!ended) wait(pause);
    }
  }

  void cancel() noexcept {
    for (const auto& [easy, exchange] : active)
      curl_multi_remove_handle(multi.get(), easy);
    active.clear();
    waiting.clear();
  }

  bool offline;
  Progress* progress;
  NetworkUse use;
  Patience patience;
  BusyServers busy;
  std::function<HttpSettings()> read_settings;
  std::optional<HttpSettings> settings;  // absent: not read yet
  Authorities authorities;
  std::set<std::string> unchecked_told;
  Credentials credentials;
  Multi multi;
  std::deque<std::unique_ptr<Exchange>> waiting;
  std::map<CURL*, std::unique_ptr<Exchange>> active;
  std::vector<Easy> idle;  // easy handles used again: they keep what is costly to make
};

HttpClient::HttpClient(bool offline, Progress* progress, std::function<HttpSettings()> settings)
    : implementation_(std::make_unique<Implementation>(offline, progress, std::move(settings))) {}
HttpClient::~HttpClient() = default;

void HttpClient::submit(HttpRequest request, Handler handler) {
  if (implementation_->offline && !request.url.starts_with("file:")) {
    throw Error(ErrorKind::surroundings, "offline",
                "cannot fetch " + without_credentials(request.url) + ": --offline is set",
                "run once without --offline to fill the store");
  }
  implementation_->start();
  implementation_->credentials.complete(request.url);
  implementation_->waiting.push_back(
      std::make_unique<Exchange>(std::move(request), std::move(handler), implementation_->patience));
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
    throw Error(ErrorKind::surroundings, "http-status",
                "the server answered " + status_words(answer) + " for " + without_credentials(answer.url),
                status_advice(answer, ""));
  }
  return answer;
}

bool HttpClient::offline() const noexcept {
  return implementation_->offline;
}

NetworkUse HttpClient::use() const noexcept {
  return implementation_->use;
}

}  // namespace mlrepro

#include "adapters/openpgp/clearsign.hpp"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/openpgp/certificates.hpp"
#include "adapters/openpgp/clearsign_text.hpp"
#include "adapters/openpgp/rnp_library.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/sorted.hpp"

namespace mlrepro {
namespace {

void destroy_ffi(rnp_ffi_t ffi) {
  rnp_ffi_destroy(ffi);
}
void destroy_input(rnp_input_t input) {
  rnp_input_destroy(input);
}
void destroy_output(rnp_output_t output) {
  rnp_output_destroy(output);
}
void destroy_verify(rnp_op_verify_t op) {
  rnp_op_verify_destroy(op);
}
void destroy_key(rnp_key_handle_t key) {
  rnp_key_handle_destroy(key);
}
void destroy_signature(rnp_signature_handle_t signature) {
  rnp_signature_handle_destroy(signature);
}
void free_text(char* text) {
  rnp_buffer_destroy(text);
}

template <typename T, auto Free>
using Handle = std::unique_ptr<std::remove_pointer_t<T>, Deleter<Free>>;
using Ffi = Handle<rnp_ffi_t, destroy_ffi>;
using Input = Handle<rnp_input_t, destroy_input>;
using Output = Handle<rnp_output_t, destroy_output>;
using Verify = Handle<rnp_op_verify_t, destroy_verify>;
using Key = Handle<rnp_key_handle_t, destroy_key>;
using Signature = Handle<rnp_signature_handle_t, destroy_signature>;
using Text = Handle<char*, free_text>;

// librnp as Debian builds it writes notes on stderr whatever rnp_ffi_set_log_fd says, also for a keyring that
// merely holds one key of two. While this lives, C's stderr is /dev/null; descriptor 2 stays as it is.
class QuietLibrnp {
 public:
  QuietLibrnp() : nowhere_(std::fopen("/dev/null", "we")) {
    if (nowhere_ != nullptr) std::swap(stderr, nowhere_);
  }
  QuietLibrnp(const QuietLibrnp&) = delete;
  QuietLibrnp& operator=(const QuietLibrnp&) = delete;
  ~QuietLibrnp() {
    if (nowhere_ == nullptr) return;
    std::swap(stderr, nowhere_);
    std::fclose(nowhere_);
  }

 private:
  std::FILE* nowhere_;
};

void must(rnp_result_t result, const char* step) {
  if (result != RNP_SUCCESS) {
    throw Error(ErrorKind::internal, "openpgp",
                std::string("librnp cannot ") + step + ": " + rnp_result_to_string(result));
  }
}

Input input_of(std::string_view bytes) {
  rnp_input_t raw = nullptr;
  must(rnp_input_from_memory(&raw, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), false),
       "read from memory");
  return Input(raw);
}

template <typename Get>
std::string text_from(const Get& get) {
  char* raw = nullptr;
  if (get(&raw) != RNP_SUCCESS || raw == nullptr) return {};
  const Text text(raw);
  return raw;
}

std::string primary_fingerprint(rnp_key_handle_t key) {
  const std::string primary = text_from([&](char** out) { return rnp_key_get_primary_fprint(key, out); });
  return primary.empty() ? text_from([&](char** out) { return rnp_key_get_fprint(key, out); }) : primary;
}

bool weak_hash(const std::string& name) {
  return name == "MD5" || name == "SHA1" || name == "RIPEMD160";
}

bool is_valid(rnp_key_handle_t key) {
  bool valid = false;
  return rnp_key_is_valid(key, &valid) == RNP_SUCCESS && valid;
}

// Why `key` may not sign; empty: it may. librnp calls a subkey valid though its primary key has expired.
std::string why_not(rnp_ffi_t ffi, rnp_key_handle_t key, const std::string& primary, UnixTime at) {
  rnp_key_handle_t raw = nullptr;
  if (rnp_locate_key(ffi, "fingerprint", primary.c_str(), &raw) != RNP_SUCCESS || raw == nullptr)
    return "has no primary key in the keyring";
  const Key primary_key(raw);
  for (rnp_key_handle_t one : {key, primary_key.get()}) {
    bool revoked = false;
    if (rnp_key_is_revoked(one, &revoked) != RNP_SUCCESS || revoked) return "was revoked";
    std::uint64_t valid_till = 0;
    if (rnp_key_valid_till64(one, &valid_till) != RNP_SUCCESS) return "is not valid";
    if (valid_till != 0 && valid_till < static_cast<std::uint64_t>(at)) return "has expired";
    if (!is_valid(one)) return "is not valid";
  }
  bool signs = false;
  if (rnp_key_allows_usage(key, "sign", &signs) != RNP_SUCCESS || !signs) return "is not made for signing";
  return "";
}

bool is_named(const std::vector<std::string>& only, const std::string& primary, const std::string& signer) {
  return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& name) {
           return name == primary || name == signer || name == signer + "!";
         });
}

// Empty where the signature does not say.
std::string key_id_of(rnp_op_verify_signature_t signature) {
  rnp_signature_handle_t raw = nullptr;
  if (rnp_op_verify_signature_get_handle(signature, &raw) != RNP_SUCCESS) return {};
  const Signature handle(raw);
  return text_from([&](char** out) { return rnp_signature_get_keyid(handle.get(), out); });
}

// Why this signature does not count; empty: it is good, and `fingerprint` is its primary key's.
std::string judge(rnp_ffi_t ffi, rnp_op_verify_signature_t signature, const SignatureRules& rules,
                  UnixTime at, std::string& fingerprint) {
  std::string key_id = key_id_of(signature);
  if (key_id.empty()) key_id = "of unknown id";
  const std::string hash =
      text_from([&](char** out) { return rnp_op_verify_signature_get_hash(signature, out); });
  if (weak_hash(hash)) return "the signature by key " + key_id + " uses the weak digest " + hash;
  const rnp_result_t status = rnp_op_verify_signature_get_status(signature);
  if (status == RNP_ERROR_KEY_NOT_FOUND) return "key " + key_id + " is not in the keyring";
  rnp_key_handle_t raw_key = nullptr;
  if (rnp_op_verify_signature_get_key(signature, &raw_key) != RNP_SUCCESS || raw_key == nullptr)
    return "key " + key_id + " is not in the keyring";
  const Key key(raw_key);
  const std::string primary = primary_fingerprint(key.get());
  // First, since librnp calls a signature bad or expired whose key is.
  if (const std::string why = why_not(ffi, key.get(), primary, at); !why.empty())
    return "key " + key_id + " " + why;
  if (status == RNP_ERROR_SIGNATURE_EXPIRED) return "the signature by key " + key_id + " has expired";
  if (status != RNP_SUCCESS)
    return "the signature by key " + key_id + " is bad: " + rnp_result_to_string(status);
  const std::string signer = text_from([&](char** out) { return rnp_key_get_fprint(key.get(), out); });
  if (!is_named(rules.only, primary, signer))
    return "key " + key_id + " is none of those that Signed-By names";
  fingerprint = primary;
  return "";
}

// librnp's objects for one verification; gone in reverse order.
struct Run {
  Ffi ffi;
  Input input;
  Output output;
  Verify verify;
  rnp_result_t executed = RNP_ERROR_GENERIC;
  std::vector<rnp_op_verify_signature_t> signatures;
};

Run run(std::string_view document, const SignatureRules& rules, UnixTime at,
        std::vector<std::string>& reasons) {
  load_rnp();
  Run run;
  rnp_ffi_t ffi = nullptr;
  must(rnp_ffi_create(&ffi, "GPG", "GPG"), "start");
  run.ffi.reset(ffi);
  // Before the keys: librnp judges their validity as it reads them.
  must(rnp_set_timestamp(ffi, static_cast<std::uint64_t>(at)), "set the time");
  for (const auto& keyring : rules.keyrings) {
    const Input input = input_of(keyring);
    // One key of a kind that librnp does not know must not hide the others.
    const rnp_result_t result =
        rnp_import_keys(ffi, input.get(), RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE, nullptr);
    if (result != RNP_SUCCESS)
      reasons.push_back(std::string("a keyring cannot be read: ") + rnp_result_to_string(result));
  }
  run.input = input_of(document);
  rnp_output_t output = nullptr;
  must(rnp_output_to_memory(&output, 2 * document.size() + 4096), "write to memory");
  run.output.reset(output);
  rnp_op_verify_t verify = nullptr;
  must(rnp_op_verify_create(&verify, ffi, run.input.get(), output), "verify");
  run.verify.reset(verify);
  run.executed = rnp_op_verify_execute(verify);
  std::size_t count = 0;
  if (rnp_op_verify_get_signature_count(verify, &count) != RNP_SUCCESS) return run;
  for (std::size_t i = 0; i < count; ++i) {
    rnp_op_verify_signature_t signature = nullptr;
    if (rnp_op_verify_get_signature_at(verify, i, &signature) == RNP_SUCCESS)
      run.signatures.push_back(signature);
  }
  return run;
}

UnixTime youngest(const Run& run) {
  UnixTime time = 0;
  for (const auto signature : run.signatures) {
    std::uint32_t made = 0;
    std::uint32_t lasts = 0;
    if (rnp_op_verify_signature_get_times(signature, &made, &lasts) == RNP_SUCCESS)
      time = std::max<UnixTime>(time, made);
  }
  return time;
}

// Absent where it is no single armored block.
std::optional<std::string> dearmored(std::string_view keyring) {
  const auto head = keyring.find("-----BEGIN PGP");
  if (head == std::string_view::npos) return std::string(keyring);
  if (keyring.find("-----BEGIN PGP", head + 1) != std::string_view::npos) return std::nullopt;
  const Input input = input_of(keyring);
  rnp_output_t raw = nullptr;
  must(rnp_output_to_memory(&raw, keyring.size()), "write to memory");
  const Output output(raw);
  std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  if (rnp_dearmor(input.get(), output.get()) != RNP_SUCCESS ||
      rnp_output_memory_get_buf(output.get(), &bytes, &length, false) != RNP_SUCCESS)
    return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes), length);
}

// The rules with keyrings that hold no more than the signers' certificates; as they are where a signature
// does not name its key.
SignatureRules with_signers_only(const SignatureRules& rules, const Run& unverified) {
  std::vector<std::string> ids;
  for (const auto signature : unverified.signatures)
    ids.push_back(key_id_of(signature));
  if (ids.empty() || std::find(ids.begin(), ids.end(), std::string()) != ids.end()) return rules;
  SignatureRules less = rules;
  for (auto& keyring : less.keyrings) {
    if (auto binary = dearmored(keyring)) keyring = certificates_of(*binary, ids);
  }
  std::erase(less.keyrings, std::string());
  return less;
}

}  // namespace

ClearsignVerdict verify_clearsigned(std::string_view document, const SignatureRules& rules) {
  ClearsignVerdict verdict;
  auto text = clearsigned_text(document);
  if (!text) {
    verdict.reasons.emplace_back("it is not one clearsigned message, or has text outside the signed part");
    return verdict;
  }
  const QuietLibrnp quiet;
  UnixTime at = now();
  // First without keys, since reading keys costs far more than reading signatures.
  const Run unverified = run(document, {}, at, verdict.reasons);
  if (const UnixTime signed_at = youngest(unverified); rules.as_of_signing && signed_at != 0)
    at = std::min(at, signed_at);
  const Run done = run(document, with_signers_only(rules, unverified), at, verdict.reasons);
  std::vector<std::string> good;
  for (const auto signature : done.signatures) {
    std::string fingerprint;
    std::string reason = judge(done.ffi.get(), signature, rules, at, fingerprint);
    if (reason.empty()) {
      good.push_back(std::move(fingerprint));
    } else {
      verdict.reasons.push_back(std::move(reason));
    }
  }
  if (done.signatures.empty() || (done.executed != RNP_SUCCESS && !good.empty())) {
    verdict.reasons.push_back(std::string("no signature could be checked: ") +
                              rnp_result_to_string(done.executed));
    return verdict;
  }
  if (good.empty()) return verdict;

  std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  must(rnp_output_memory_get_buf(done.output.get(), &bytes, &length, false), "give the signed text");
  const std::string_view seen(reinterpret_cast<const char*>(bytes), length);
  if (without_line_ends(seen) != without_line_ends(*text)) {
    verdict.reasons.emplace_back("what was signed is not the text that the document shows");
    return verdict;
  }
  sort_unique(good);
  verdict.fingerprints = std::move(good);
  verdict.content = std::move(*text);
  verdict.good = true;
  return verdict;
}

}  // namespace mlrepro

#include "adapters/openpgp/clearsign.hpp"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view head = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view tail = "-----END PGP SIGNATURE-----";

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

// Why this signature does not count; empty: it is good, and `fingerprint` is its primary key's.
std::string judge(rnp_op_verify_signature_t signature, std::string& fingerprint) {
  rnp_signature_handle_t raw_handle = nullptr;
  std::string key_id = "of unknown id";
  if (rnp_op_verify_signature_get_handle(signature, &raw_handle) == RNP_SUCCESS) {
    const Signature handle(raw_handle);
    key_id = text_from([&](char** out) { return rnp_signature_get_keyid(handle.get(), out); });
  }
  const std::string hash =
      text_from([&](char** out) { return rnp_op_verify_signature_get_hash(signature, out); });
  if (weak_hash(hash)) return "the signature by key " + key_id + " uses the weak digest " + hash;
  const rnp_result_t status = rnp_op_verify_signature_get_status(signature);
  if (status == RNP_ERROR_KEY_NOT_FOUND) return "key " + key_id + " is not in the keyring";
  if (status == RNP_ERROR_SIGNATURE_EXPIRED) return "the signature by key " + key_id + " has expired";
  if (status != RNP_SUCCESS)
    return "the signature by key " + key_id + " is bad: " + rnp_result_to_string(status);
  rnp_key_handle_t raw_key = nullptr;
  if (rnp_op_verify_signature_get_key(signature, &raw_key) != RNP_SUCCESS)
    return "key " + key_id + " cannot be read";
  const Key key(raw_key);
  bool valid = false;
  if (rnp_key_is_valid(key.get(), &valid) != RNP_SUCCESS || !valid)
    return "key " + key_id + " has expired or was revoked";
  fingerprint = primary_fingerprint(key.get());
  return fingerprint.empty() ? "key " + key_id + " has no fingerprint" : "";
}

// Nothing but white space may stand outside: a reader that ignores it could be shown what nobody signed.
bool nothing_outside(std::string_view document) {
  if (!document.starts_with(head)) return false;
  const auto end = document.find(tail);
  return end != std::string_view::npos && trim(document.substr(end + tail.size())).empty();
}

}  // namespace

ClearsignVerdict verify_clearsigned(std::string_view document, const std::vector<std::string>& keyrings) {
  ClearsignVerdict verdict;
  if (!nothing_outside(document)) {
    verdict.reasons.emplace_back("it is not one clearsigned message, or has text outside the signed part");
    return verdict;
  }
  rnp_ffi_t raw_ffi = nullptr;
  must(rnp_ffi_create(&raw_ffi, "GPG", "GPG"), "start");
  const Ffi ffi(raw_ffi);
  rnp_ffi_set_log_fd(ffi.get(), -1);
  for (const auto& keyring : keyrings) {
    const Input input = input_of(keyring);
    // One key of a kind that librnp does not know must not hide the others.
    rnp_import_keys(ffi.get(), input.get(), RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE, nullptr);
  }
  const Input input = input_of(document);
  rnp_output_t raw_output = nullptr;
  must(rnp_output_to_memory(&raw_output, document.size() + 4096), "write to memory");
  const Output output(raw_output);
  rnp_op_verify_t raw_verify = nullptr;
  must(rnp_op_verify_create(&raw_verify, ffi.get(), input.get(), output.get()), "verify");
  const Verify verify(raw_verify);
  const rnp_result_t executed = rnp_op_verify_execute(verify.get());

  std::size_t count = 0;
  rnp_op_verify_get_signature_count(verify.get(), &count);
  for (std::size_t i = 0; i < count; ++i) {
    rnp_op_verify_signature_t signature = nullptr;
    if (rnp_op_verify_get_signature_at(verify.get(), i, &signature) != RNP_SUCCESS) continue;
    std::string fingerprint;
    std::string reason = judge(signature, fingerprint);
    if (reason.empty()) {
      verdict.fingerprints.push_back(std::move(fingerprint));
    } else {
      verdict.reasons.push_back(std::move(reason));
    }
  }
  if (count == 0) {
    verdict.reasons.push_back(std::string("no signature could be read: ") + rnp_result_to_string(executed));
  }
  if (verdict.fingerprints.empty()) return verdict;
  std::sort(verdict.fingerprints.begin(), verdict.fingerprints.end());
  verdict.fingerprints.erase(std::unique(verdict.fingerprints.begin(), verdict.fingerprints.end()),
                             verdict.fingerprints.end());
  std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  must(rnp_output_memory_get_buf(output.get(), &bytes, &length, false), "give the signed text");
  verdict.content.assign(reinterpret_cast<const char*>(bytes), length);
  verdict.good = true;
  return verdict;
}

}  // namespace mlrepro

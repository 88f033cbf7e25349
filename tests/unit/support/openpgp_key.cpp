#include "support/openpgp_key.hpp"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <cstdint>
#include <stdexcept>

#include "adapters/openpgp/rnp_library.hpp"

namespace mlrepro::test {
namespace {

void must(rnp_result_t result, const char* step) {
  if (result != RNP_SUCCESS)
    throw std::runtime_error(std::string(step) + ": " + rnp_result_to_string(result));
}

std::string bytes_of(rnp_output_t output) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  must(rnp_output_memory_get_buf(output, &bytes, &size, false), "output");
  std::string text(reinterpret_cast<const char*>(bytes), size);
  rnp_output_destroy(output);
  return text;
}

std::string fingerprint_of(rnp_key_handle_t key) {
  char* raw = nullptr;
  must(rnp_key_get_fprint(key, &raw), "fingerprint");
  std::string text(raw);
  rnp_buffer_destroy(raw);
  return text;
}

}  // namespace

struct OpenpgpKey::State {
  rnp_ffi_t ffi = nullptr;
  rnp_key_handle_t primary = nullptr;
  rnp_key_handle_t subkey = nullptr;

  ~State() {
    rnp_key_handle_destroy(subkey);
    rnp_key_handle_destroy(primary);
    rnp_ffi_destroy(ffi);
  }
};

OpenpgpKey::OpenpgpKey() : OpenpgpKey(Made{}) {}

OpenpgpKey::OpenpgpKey(const Made& made) : state_(std::make_unique<State>()) {
  load_rnp();
  must(rnp_ffi_create(&state_->ffi, "GPG", "GPG"), "ffi");
  if (made.at != 0) must(rnp_set_timestamp(state_->ffi, static_cast<std::uint64_t>(made.at)), "time");
  rnp_op_generate_t op = nullptr;
  must(rnp_op_generate_create(&op, state_->ffi, "EDDSA"), "generate");
  must(rnp_op_generate_set_userid(op, "test archive"), "user");
  must(rnp_op_generate_set_expiration(op, made.lifetime), "lifetime");
  must(rnp_op_generate_add_usage(op, "certify"), "usage");
  if (!made.signing_subkey) must(rnp_op_generate_add_usage(op, "sign"), "usage");
  must(rnp_op_generate_execute(op), "generate");
  must(rnp_op_generate_get_key(op, &state_->primary), "key");
  rnp_op_generate_destroy(op);
  if (!made.signing_subkey) return;
  must(rnp_op_generate_subkey_create(&op, state_->ffi, state_->primary, "EDDSA"), "subkey");
  must(rnp_op_generate_add_usage(op, "sign"), "usage");
  must(rnp_op_generate_execute(op), "subkey");
  must(rnp_op_generate_get_key(op, &state_->subkey), "subkey");
  rnp_op_generate_destroy(op);
}

OpenpgpKey::~OpenpgpKey() = default;

std::string OpenpgpKey::public_key(bool armored) const {
  rnp_output_t output = nullptr;
  must(rnp_output_to_memory(&output, 0), "output");
  const std::uint32_t form = armored ? RNP_KEY_EXPORT_ARMORED : 0U;
  must(rnp_key_export(state_->primary, output, RNP_KEY_EXPORT_PUBLIC | RNP_KEY_EXPORT_SUBKEYS | form),
       "export");
  return bytes_of(output);
}

std::string OpenpgpKey::fingerprint() const {
  return fingerprint_of(state_->primary);
}

std::string OpenpgpKey::signer() const {
  return fingerprint_of(state_->subkey != nullptr ? state_->subkey : state_->primary);
}

void OpenpgpKey::revoke() {
  must(rnp_key_revoke(state_->primary, 0, "SHA256", "compromised", "test"), "revoke");
}

std::string OpenpgpKey::clearsign(std::string_view text, const std::string& hash, UnixTime at,
                                  const std::vector<const OpenpgpKey*>& also) const {
  rnp_input_t input = nullptr;
  rnp_output_t output = nullptr;
  rnp_op_sign_t op = nullptr;
  must(rnp_input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), true),
       "in");
  must(rnp_output_to_memory(&output, 0), "out");
  must(rnp_op_sign_cleartext_create(&op, state_->ffi, input, output), "sign");
  must(rnp_op_sign_set_hash(op, hash.c_str()), "hash");
  if (at != 0) must(rnp_op_sign_set_creation_time(op, static_cast<std::uint32_t>(at)), "time");
  std::vector<const OpenpgpKey*> signers{this};
  signers.insert(signers.end(), also.begin(), also.end());
  for (const OpenpgpKey* one : signers) {
    rnp_key_handle_t key = one->state_->subkey != nullptr ? one->state_->subkey : one->state_->primary;
    must(rnp_op_sign_add_signature(op, key, nullptr), "signer");
  }
  must(rnp_op_sign_execute(op), "sign");
  rnp_op_sign_destroy(op);
  rnp_input_destroy(input);
  return bytes_of(output);
}

}  // namespace mlrepro::test

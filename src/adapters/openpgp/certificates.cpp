#include "adapters/openpgp/certificates.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/sha1.hpp"

namespace mlrepro {
namespace {

constexpr int public_key_tag = 6;
constexpr int public_subkey_tag = 14;

struct Packet {
  int tag = 0;
  std::string_view body;
  std::string_view whole;  // with its header
};

std::optional<std::uint64_t> big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  if (at > bytes.size() || count > bytes.size() - at) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Absent where the bytes are no packet of a definite length.
std::optional<Packet> first_packet(std::string_view bytes) {
  const auto head = big_endian(bytes, 0, 1);
  if (!head || (*head & 0x80U) == 0) return std::nullopt;
  Packet packet;
  std::size_t start = 0;
  std::optional<std::uint64_t> length;
  if ((*head & 0x40U) != 0) {  // new format, section 4.2.2
    packet.tag = static_cast<int>(*head & 0x3fU);
    const auto first = big_endian(bytes, 1, 1);
    if (!first) return std::nullopt;
    if (*first < 192) {
      length = first;
      start = 2;
    } else if (*first < 224) {
      const auto second = big_endian(bytes, 2, 1);
      if (!second) return std::nullopt;
      length = ((*first - 192) << 8U) + *second + 192;
      start = 3;
    } else if (*first == 255) {
      length = big_endian(bytes, 2, 4);
      start = 6;
    }
  } else {  // old format, section 4.2.1
    packet.tag = static_cast<int>(*head >> 2U & 0xfU);
    const std::size_t octets = std::size_t{1} << (*head & 3U);
    if (octets < 8) length = big_endian(bytes, 1, octets);
    start = 1 + octets;
  }
  if (!length || start > bytes.size() || *length > bytes.size() - start) return std::nullopt;
  packet.body = bytes.substr(start, static_cast<std::size_t>(*length));
  packet.whole = bytes.substr(0, start + static_cast<std::size_t>(*length));
  return packet;
}

// Section 12.2. Absent where the key is not of version 4.
std::optional<std::string> key_id(std::string_view body) {
  if (body.empty() || body.front() != 4 || body.size() > 0xffff) return std::nullopt;
  std::string hashed = {'\x99', static_cast<char>(body.size() >> 8U), static_cast<char>(body.size() & 0xffU)};
  hashed += body;
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const auto digest = sha1(hashed);
  std::string text;
  for (std::size_t i = digest.size() - 8; i < digest.size(); ++i) {
    text += digits[digest[i] >> 4U];
    text += digits[digest[i] & 15U];
  }
  return text;
}

}  // namespace

std::string certificates_of(std::string_view keyring, const std::vector<std::string>& key_ids) {
  std::string kept;
  std::string certificate;
  bool wanted = false;
  const auto end_certificate = [&] {
    if (wanted) kept += certificate;
    certificate.clear();
    wanted = false;
  };
  for (auto rest = keyring; !rest.empty();) {
    const auto packet = first_packet(rest);
    if (!packet || (certificate.empty() && packet->tag != public_key_tag)) return std::string(keyring);
    if (packet->tag == public_key_tag) end_certificate();
    if (packet->tag == public_key_tag || packet->tag == public_subkey_tag) {
      const auto id = key_id(packet->body);
      wanted = wanted || !id || std::find(key_ids.begin(), key_ids.end(), *id) != key_ids.end();
    }
    certificate += packet->whole;
    rest.remove_prefix(packet->whole.size());
  }
  end_certificate();
  return kept;
}

}  // namespace mlrepro

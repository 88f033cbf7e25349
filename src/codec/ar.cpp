#include "codec/ar.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view magic = "!<arch>\n";
constexpr std::uint64_t header_size = 60;
constexpr std::size_t most_members = 64;

}  // namespace

std::vector<ArMember> list_ar(const ReadAt& read, std::uint64_t size, const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::input, "bad-ar", name + " is not a valid ar archive: " + why);
  };
  std::array<char, header_size> header{};
  if (size < magic.size()) refuse("it is too short");
  read(0, std::span(header).first(magic.size()));
  if (std::string_view(header.data(), magic.size()) != magic) refuse("it does not begin with !<arch>");

  std::vector<ArMember> members;
  for (std::uint64_t at = magic.size(); at < size;) {
    if (size - at < header_size) refuse("a member header is cut off");
    read(at, header);
    const std::string_view text(header.data(), header.size());
    if (text.substr(58) != "`\n") refuse("a member header does not end with its mark");
    std::string_view member_name = trim(text.substr(0, 16));
    if (member_name.ends_with('/')) member_name.remove_suffix(1);
    if (member_name.empty() || member_name.find('/') != std::string_view::npos ||
        std::any_of(member_name.begin(), member_name.end(), [](char c) { return c <= ' ' || c > '~'; })) {
      refuse("a member name is not plain");
    }
    const auto length = parse_number(trim(text.substr(48, 10)));
    if (!length) refuse("the size of " + std::string(member_name) + " is not a number");
    at += header_size;
    if (*length > size - at) refuse(std::string(member_name) + " reaches beyond the end");
    for (const auto& earlier : members) {
      if (earlier.name == member_name) refuse(earlier.name + " is there twice");
    }
    if (members.size() == most_members) refuse("it has more than 64 members");
    members.push_back({std::string(member_name), at, *length});
    at += *length;
    if (*length % 2 != 0 && at < size) ++at;
  }
  return members;
}

}  // namespace mlrepro

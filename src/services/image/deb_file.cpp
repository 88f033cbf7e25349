#include "services/image/deb_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "base/error.hpp"
#include "base/file_bytes.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

void read_all(const Deb& deb, std::uint64_t offset, std::span<char> into) {
  if (read_at(deb.fd.get(), offset, into, deb.name) != into.size())
    throw Error(ErrorKind::input, "bad-ar", deb.name + " ends too early");
}

}  // namespace

Deb open_deb(const fs::path& file, const std::string& name) {
  Deb deb{open_file(file, O_RDONLY), name, {}, {}};
  struct stat info {};
  if (::fstat(deb.fd.get(), &info) != 0) throw system_error(errno, "stat " + name);
  const auto members = list_ar([&](std::uint64_t at, std::span<char> into) { read_all(deb, at, into); },
                               static_cast<std::uint64_t>(info.st_size), name);
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::input, "bad-ar", name + " is no package: " + why);
  };
  if (members.empty() || members.front().name != "debian-binary" || members.front().size < 2 ||
      members.front().size > 64) {
    refuse("it does not begin with debian-binary");
  }
  std::array<char, 2> format{};
  read_all(deb, members.front().offset, format);
  if (format[0] != '2' || format[1] != '.') refuse("its format is not 2.x");
  std::size_t controls = 0;
  std::size_t datas = 0;
  for (const auto& member : members) {
    const bool control = member.name == "control.tar" || member.name.starts_with("control.tar.");
    const bool data = member.name == "data.tar" || member.name.starts_with("data.tar.");
    if (control) deb.control = member;
    if (data) deb.data = member;
    controls += control ? 1U : 0U;
    datas += data ? 1U : 0U;
    if (!control && !data && &member != &members.front() && !member.name.starts_with('_'))
      refuse("it holds " + member.name);
  }
  if (controls != 1 || datas != 1) refuse("it has not one control.tar and one data.tar");
  return deb;
}

ReadNext stream_of(const Deb& deb, const ArMember& member, std::function<void(std::uint64_t)> passed) {
  return [&deb, at = member.offset, left = member.size,
          passed = std::move(passed)](std::span<char> into) mutable {
    const auto part = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size())));
    read_all(deb, at, part);
    at += part.size();
    left -= part.size();
    if (passed) passed(part.size());
    return part.size();
  };
}

}  // namespace mlrepro

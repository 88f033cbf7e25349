// Values of the lock and of the resolvers as bytes and back: each struct names its members once, in a
// binding that a further member breaks. What claims to be longer than its bytes is refused before it is
// allocated.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "services/index/index_cache.hpp"
#include "standards/deb/preferences.hpp"

namespace mlrepro::kept {

template <typename T, typename Struct>
concept Is = std::same_as<std::remove_const_t<T>, Struct>;

template <Is<PythonInterpreter> T>
auto members(T& value) {
  auto& [package, version, implementation, libc, tags] = value;
  return std::tie(package, version, implementation, libc, tags);
}

template <Is<PythonFile> T>
auto members(T& value) {
  auto& [name, size, sha256] = value;
  return std::tie(name, size, sha256);
}

template <Is<VcsPin> T>
auto members(T& value) {
  auto& [url, commit, tree] = value;
  return std::tie(url, commit, tree);
}

template <Is<PythonOrigin> T>
auto members(T& value) {
  auto& [url, path, vcs, subdirectory, described] = value;
  return std::tie(url, path, vcs, subdirectory, described);
}

template <Is<PythonPackage> T>
auto members(T& value) {
  auto& [name, version, source, file, requires_, extras, requested, required_by, origin] = value;
  return std::tie(name, version, source, file, requires_, extras, requested, required_by, origin);
}

template <Is<PythonBuild> T>
auto members(T& value) {
  auto& [name, version, source, backend, backend_path, requires_, packages] = value;
  return std::tie(name, version, source, backend, backend_path, requires_, packages);
}

template <Is<OsPackage> T>
auto members(T& value) {
  auto& [name, version, architecture, source, path, size, sha256, requested, essential, required_by] = value;
  return std::tie(name, version, architecture, source, path, size, sha256, requested, essential, required_by);
}

template <Is<deb::ReleaseFacts> T>
auto members(T& value) {
  auto& [origin, label, suite, codename, version, component, not_automatic, but_automatic_upgrades] = value;
  return std::tie(origin, label, suite, codename, version, component, not_automatic, but_automatic_upgrades);
}

template <Is<deb::Pin> T>
auto members(T& value) {
  auto& [packages, release, version, priority] = value;
  return std::tie(packages, release, version, priority);
}

template <typename T>
concept Members = requires(T& value) {
  members(value);
};
template <typename T>
concept Text = std::same_as<T, std::string>;
template <typename T>
concept List = !Text<T> && requires(const T& value) {
  value.begin();
  value.size();
};

template <typename T>
struct Element {
  using type = typename T::value_type;
};
template <typename Key, typename Value>
struct Element<std::map<Key, Value>> {
  using type = std::pair<Key, Value>;
};

template <typename T>
void put(CacheWriter& out, const T& value) {
  if constexpr (Text<T>) {
    out.text(value);
  } else if constexpr (std::integral<T>) {
    out.number(static_cast<std::uint64_t>(value));
  } else if constexpr (std::same_as<T, Sha256>) {
    out.raw({reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size()});
  } else if constexpr (List<T>) {
    out.number(value.size());
    for (const auto& each : value)
      put(out, each);
  } else if constexpr (Members<const T>) {
    std::apply([&](const auto&... each) { (put(out, each), ...); }, members(value));
  } else if constexpr (requires { value.has_value(); }) {
    put(out, value.has_value());
    if (value) put(out, *value);
  } else {
    std::apply([&](const auto&... each) { (put(out, each), ...); }, value);  // a pair
  }
}

template <typename T>
[[nodiscard]] T take(CacheReader& in) {
  T out{};
  if constexpr (Text<T>) {
    out = in.text();
  } else if constexpr (std::same_as<T, bool>) {
    out = in.number() != 0;
  } else if constexpr (std::integral<T>) {
    out = static_cast<T>(in.number());
  } else if constexpr (std::same_as<T, Sha256>) {
    std::array<std::uint8_t, 32> bytes{};
    const auto raw = in.raw(bytes.size());
    std::copy(raw.begin(), raw.end(), bytes.begin());
    out = Sha256(bytes);
  } else if constexpr (List<T>) {
    // Every element takes a byte at least.
    for (std::uint64_t left = in.number(); left > 0 && !in.failed(); --left) {
      if (left > in.rest().size()) {
        in.fail();
        break;
      }
      out.insert(out.end(), take<typename Element<T>::type>(in));
    }
  } else if constexpr (Members<T>) {
    std::apply([&](auto&... each) { ((each = take<std::remove_reference_t<decltype(each)>>(in)), ...); },
               members(out));
  } else if constexpr (requires { out.has_value(); }) {
    if (take<bool>(in)) out = take<typename T::value_type>(in);
  } else {
    out.first = take<typename T::first_type>(in);
    out.second = take<typename T::second_type>(in);
  }
  return out;
}

}  // namespace mlrepro::kept

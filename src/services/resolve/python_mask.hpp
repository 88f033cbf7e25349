// Which versions of a project meet a requirement: a bit for each candidate.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/resolve/python_project.hpp"

namespace mlrepro {

class VersionMask {
 public:
  VersionMask() = default;
  explicit VersionMask(std::size_t size, bool value = false)
      : size_(size), words_((size + 63) / 64, value ? ~std::uint64_t{0} : 0) {
    if (value && size % 64 != 0) words_.back() >>= 64 - size % 64;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool operator[](std::size_t at) const { return (words_[at / 64] >> (at % 64) & 1) != 0; }
  void set(std::size_t at) { words_[at / 64] |= std::uint64_t{1} << (at % 64); }
  void clear(std::size_t at) { words_[at / 64] &= ~(std::uint64_t{1} << (at % 64)); }
  // Both of one size.
  [[nodiscard]] bool meets(const VersionMask& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i] & other.words_[i]) != 0) return true;
    }
    return false;
  }
  void keep(const VersionMask& other) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      words_[i] &= other.words_[i];
  }
  auto operator<=>(const VersionMask&) const = default;

 private:
  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

// Masks by project and bounds, kept over the rounds of one resolution: a project's candidates never change
// once its page is read.
class VersionMasks {
 public:
  // A requirement for a URL is met by what comes from there, and by no version of an index.
  [[nodiscard]] const VersionMask& of(const PythonProject& project, const PythonDependency& wanted) {
    VersionMask& mask = masks_[{project.name, wanted.bounds}];
    if (mask.size() == project.candidates.size()) return mask;
    if (!wanted.requirement.url.empty()) {
      return mask = VersionMask(project.candidates.size(), wanted.requirement.url == project.direct_url);
    }
    mask = VersionMask(project.candidates.size());
    for (std::size_t i = 0; i < project.candidates.size(); ++i) {
      if (wanted.requirement.specifiers.contains(project.candidates[i].version)) mask.set(i);
    }
    return mask;
  }

 private:
  std::map<std::pair<std::string, std::string>, VersionMask> masks_;
};

}  // namespace mlrepro

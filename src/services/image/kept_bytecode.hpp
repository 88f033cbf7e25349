// Bytecode that is kept from one build to the next: the same sources of the same wheel, compiled by the same
// interpreter, give the same bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "documents/lockfile/lockfile.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

// Of a tree with the interpreter of `lock`. `sources` as install_wheels() gives them, of one package.
class KeptBytecode {
 public:
  // Both must outlive it.
  KeptBytecode(const KeptForms& forms, const Lockfile& lock, std::filesystem::path tree);

  // Writes into the tree what is kept; whether there was any.
  [[nodiscard]] bool lay(const PythonPackage& package, const std::vector<std::string>& sources) const;

  // Keeps what the tree has now. What cannot be kept is compiled again next time.
  void keep(const PythonPackage& package, const std::vector<std::string>& sources) const noexcept;

 private:
  [[nodiscard]] Sha256 key_of(const PythonPackage& package, const std::vector<std::string>& sources) const;
  const KeptForms& forms_;
  std::string minor_;        // "3.11"
  std::string interpreter_;  // the digests of its packages, and of the base image
  std::filesystem::path tree_;
};

}  // namespace mlrepro

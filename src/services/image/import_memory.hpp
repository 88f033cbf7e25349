// What importing a package was seen to come to, kept from one build to the next: where one package of a set
// changed, most of the others import as they did.
//
// What decides an import is more than what a package needs: pandas looks whether numexpr happens to be there.
// So the interpreter that imports it tells what it looked for (import_script.hpp), whether it found that or
// not. Kept is a form of kind "import" (store/kept_forms.hpp), found by
//
//   the operating system's layer, the variables, the program that imports, the package and its files,
//
// and it holds only where these are the same as they were then, file by file:
//
//   every distribution that brings something the import looked for: a module, a folder in site-packages, a
//     distribution's metadata; all of them where it listed site-packages or asked for all metadata;
//   every distribution that the package leads to by its needs, for what is loaded past the interpreter (a
//     library beside it, found by its run path);
//   every distribution with a *.pth file, which the interpreter reads before it imports anything.
//
// A name that nothing brought is looked for again in the new set: one that brings it now is not the same. Not
// seen is who asks the file system for another distribution's file by stat(2) alone, without need or import.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/image/import_check.hpp"
#include "store/kept_forms.hpp"

namespace mlrepro {

class ImportMemory {
 public:
  // `kept` and `request` must outlive it. `surroundings`: of the variables and the program.
  ImportMemory(const KeptForms& kept, const ImportCheckRequest& request, const RealisedImage& image,
               const std::string& surroundings);

  // Absent where it is not known, or not as it was.
  [[nodiscard]] std::optional<std::vector<ImportOutcome>> find(const PythonPackage& package) const;
  // `outcomes`, all of them good, and the words that the program said after "seen".
  void keep(const PythonPackage& package, const std::vector<ImportOutcome>& outcomes,
            const std::vector<std::string>& seen) const noexcept;

 private:
  struct Distribution {
    std::string project;  // normalised
    std::string files;    // digest of RECORD's paths and hashes; empty where one has no hash
    bool at_start = false;
  };
  using Owners = std::multimap<std::string, std::size_t>;

  [[nodiscard]] std::optional<Sha256> key_of(const PythonPackage& package) const;
  // Absent where a file of one of them cannot be told.
  [[nodiscard]] std::optional<std::string> looked_at(const PythonPackage& package,
                                                     const std::vector<std::string>& seen) const;

  const KeptForms& kept_;
  const ImportCheckRequest& request_;
  std::string surroundings_;
  std::vector<Distribution> distributions_;
  Owners by_project_;
  Owners by_component_;  // of site-packages
  Owners by_module_;     // the same up to the first '.'
};

}  // namespace mlrepro

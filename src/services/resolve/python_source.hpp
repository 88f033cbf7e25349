// Where the resolver learns of projects: the network, or a test's own table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "services/index/pypi_index.hpp"

namespace mlrepro {

struct PageRead {
  std::string project;               // normalised name
  std::vector<std::uint64_t> marks;  // ProjectPage::marks
  bool operator==(const PageRead&) const = default;
};

class PythonSource {
 public:
  virtual ~PythonSource() = default;
  virtual void page(const std::string& name, std::function<void(const ProjectPage&)> answer) = 0;
  virtual void metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) = 0;
  // Digest and size of a wheel whose page did not tell both.
  virtual void identify(const python::SimpleFile& file,
                        std::function<void(const Sha256& sha256, std::uint64_t size)> answer) = 0;
  // Whether page() would tell what it told with those marks (ProjectPage::marks), where that is known without
  // reading it.
  [[nodiscard]] virtual bool is_known_to_stand(const std::string& /*name*/,
                                               const std::vector<std::uint64_t>& /*marks*/) const {
    return false;
  }
  // Returns when all that was asked is answered. Answers may ask for more. Their order means nothing.
  virtual void wait() = 0;
};

}  // namespace mlrepro

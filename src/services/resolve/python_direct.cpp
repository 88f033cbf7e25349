#include "services/resolve/python_direct.hpp"

#include <algorithm>

#include "standards/python/wheel_name.hpp"

namespace mlrepro {

namespace {

python::SimpleFile file_of(const PythonDirect& direct) {
  python::SimpleFile file;
  file.filename = direct.file.name;
  file.sha256 = direct.file.sha256;
  file.size = direct.file.size;
  return file;
}

}  // namespace

ProjectPage direct_page(const PythonDirect& direct) {
  return {true, direct.source, PageFiles({file_of(direct)})};
}

PythonProject make_direct_project(const std::string& name, const PythonDirect& direct,
                                  const PythonTarget& target, const CandidatePolicy& policy) {
  PythonProject project;
  project.name = name;
  project.index = direct.source;
  project.known = true;
  project.direct_url = direct.url;
  project.constraint = policy.constraint.str();
  const auto leave_out = [&](Hindrance why, std::size_t& count) {
    project.left_out.push_back({direct.metadata.version, why});
    ++count;
    return project;
  };
  const auto wheel = python::WheelName::parse(direct.file.name);
  if (wheel && !target.tags.rank(*wheel)) return leave_out(Hindrance::no_wheel, project.without_wheel);
  if (!policy.constraint.contains(direct.metadata.version))
    return leave_out(Hindrance::constrained, project.constrained);
  if (!policy.files.empty() &&
      !std::binary_search(policy.files.begin(), policy.files.end(), direct.file.sha256))
    return leave_out(Hindrance::other_file, project.other_files);
  PythonCandidate candidate;
  candidate.version = direct.metadata.version;
  candidate.file = file_of(direct);
  candidate.source = !wheel;
  take_metadata(candidate, {direct.metadata, direct.file.size}, target);
  project.candidates.push_back(std::move(candidate));
  return project;
}

}  // namespace mlrepro

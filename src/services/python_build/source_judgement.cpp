// What the texts of a source's files mean; no archive, no store.
#include "base/error.hpp"
#include "services/python_build/source_metadata.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {

SourceMetadata judge_source(const SourceTexts& texts, const std::string& name) {
  if (!texts.pyproject && !texts.setup) {
    throw Error(ErrorKind::input, "bad-sdist",
                name + " cannot be built: it has neither pyproject.toml nor setup.py",
                "the source itself is broken, or lies in a subdirectory that has to be named");
  }
  SourceMetadata out;
  python::SourceProject project;
  project.build_system = python::BuildSystem::legacy();
  if (texts.pyproject) {
    try {
      project = python::SourceProject::parse(*texts.pyproject, "pyproject.toml");
    } catch (const Error& error) {
      throw Error(ErrorKind::input, "bad-sdist", name + " cannot be built: " + error.message());
    }
  }
  out.build_system = std::move(project.build_system);
  const auto own = texts.pkg_info ? python::CoreMetadata::parse(*texts.pkg_info) : std::nullopt;
  if (own) {
    out.name = python::normalise_name(own->name);
    out.version = own->version;
  }
  if (own && own->is_static("requires-dist") && own->is_static("requires-python") &&
      own->is_static("provides-extra")) {
    out.metadata = *own;
    return out;
  }
  if (!project.project) return out;
  auto& fixed = *project.project;
  if (!out.name) out.name = python::normalise_name(fixed.name);
  if (!out.version) out.version = fixed.version;
  if (!out.version) return out;
  out.metadata = std::move(fixed.metadata);
  out.metadata->version = *out.version;
  return out;
}

}  // namespace mlrepro

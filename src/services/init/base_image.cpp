#include "services/init/base_image.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace mlrepro {
namespace {

struct Suite {
  std::string_view name;
  std::string_view number;
  std::string_view python;
};

constexpr std::array suites = {
    Suite{"trixie", "13", "3.13"},
    Suite{"bookworm", "12", "3.11"},
    Suite{"bullseye", "11", "3.9"},
    Suite{"buster", "10", "3.7"},
};

struct Ubuntu {
  std::string_view number;
  std::string_view name;
  std::string_view nearest;  // Debian suite of its time
};

constexpr std::array ubuntus = {
    Ubuntu{"24.04", "noble", "trixie"},
    Ubuntu{"22.04", "jammy", "bookworm"},
    Ubuntu{"20.04", "focal", "bullseye"},
    Ubuntu{"18.04", "bionic", "buster"},
};

struct Name {
  std::string repository;  // without registry and "library/"
  std::string tag;
};

Name split_reference(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  Name name;
  // A colon behind the last slash begins the tag; one before it is a registry's port.
  const auto slash = reference.rfind('/');
  const auto colon = reference.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) name.tag = to_lower(reference.substr(colon + 1));
  std::string_view repository = reference.substr(0, colon);
  const auto first = repository.find('/');
  if (first != std::string_view::npos) {
    const auto host = repository.substr(0, first);
    if (host.find_first_of(".:") != std::string_view::npos || host == "localhost")
      repository.remove_prefix(first + 1);
  }
  if (repository.starts_with("library/")) repository.remove_prefix(8);
  name.repository = to_lower(repository);
  return name;
}

// The suite that a part of the tag names: "bookworm", "12", "12.5".
std::string suite_in(std::string_view tag, bool numbers) {
  for (const auto part : split(tag, '-')) {
    for (const auto& suite : suites) {
      const bool number = numbers && part.substr(0, part.find('.')) == suite.number;
      if (part == suite.name || number) return std::string(suite.name);
    }
    if (part == "sid" || part == "unstable") return "sid";
  }
  return {};
}

// "3.11" of "3.11.4-slim-bookworm"; absent for "3", "latest".
std::optional<std::string> version_in(std::string_view tag) {
  const auto pieces = split(tag.substr(0, tag.find('-')), '.');
  if (pieces.size() < 2 || !parse_number(pieces[0])) return std::nullopt;
  std::string_view minor = pieces[1];
  minor = minor.substr(0, minor.find_first_not_of("0123456789"));
  if (minor.empty()) return std::nullopt;
  return std::string(pieces[0]) + "." + std::string(minor);
}

const Ubuntu* ubuntu_in(std::string_view tag) {
  for (const auto& ubuntu : ubuntus) {
    if (tag.find(ubuntu.number) != std::string_view::npos || tag.find(ubuntu.name) != std::string_view::npos)
      return &ubuntu;
  }
  return nullptr;
}

BaseImage python_image(const Name& name) {
  BaseImage image;
  image.python = version_in(name.tag);
  image.suite = suite_in(name.tag, false);
  if (name.tag.find("alpine") != std::string::npos) {
    image.note = "it is built on Alpine, Debian stands in its place";
  } else if (name.tag.find("windows") != std::string::npos) {
    image.note = "it is built on Windows, Debian stands in its place";
  }
  if (image.suite.empty() && image.python) image.suite = suite_of_python(*image.python).value_or("");
  return image;
}

BaseImage ubuntu_image(const std::string& tag) {
  BaseImage image;
  const Ubuntu* ubuntu = ubuntu_in(tag);
  if (ubuntu != nullptr) image.suite = ubuntu->nearest;
  const std::string suite = image.suite.empty() ? default_suite : image.suite;
  image.note = "it is Ubuntu, Debian " + suite + " stands in its place: names of packages may differ";
  return image;
}

// Images that bring a framework in a version that their tag tells.
std::string framework_in(const Name& name) {
  const std::string version = name.tag.substr(0, name.tag.find('-'));
  if (!version_in(version)) return {};
  if (name.repository == "pytorch/pytorch") return "torch==" + version;
  if (name.repository == "tensorflow/tensorflow") return "tensorflow==" + version;
  return {};
}

}  // namespace

BaseImage read_base_image(std::string_view reference) {
  const Name name = split_reference(reference);
  if (name.repository == "python") return python_image(name);
  if (name.repository == "ubuntu") return ubuntu_image(name.tag);
  BaseImage image;
  if (name.repository == "debian") {
    image.suite = suite_in(name.tag, true);
    if (image.suite.empty()) {
      image.note = "its tag names no suite: what it holds changes with time";
    }
    return image;
  }
  if (name.repository == "scratch") return image;
  image.suite = suite_in(name.tag, false);
  if (const Ubuntu* ubuntu = ubuntu_in(name.tag); image.suite.empty() && ubuntu != nullptr)
    image.suite = ubuntu->nearest;
  image.note = "what this image holds is not known here, list what is needed of it";
  if (const std::string framework = framework_in(name); !framework.empty())
    image.note += ", for example \"" + framework + "\" under python.requirements";
  return image;
}

std::optional<std::string> python_of_suite(std::string_view suite) {
  for (const auto& known : suites) {
    if (known.name == suite) return std::string(known.python);
  }
  return std::nullopt;
}

std::optional<std::string> suite_of_python(std::string_view version) {
  for (const auto& known : suites) {
    if (known.python == version) return std::string(known.name);
  }
  return std::nullopt;
}

}  // namespace mlrepro

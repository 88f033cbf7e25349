// What a requirement names by itself and no index lists: "name @ URL" (PEP 508), and what pip takes besides:
// a bare URL or path, with the name in "#egg=" where told. References as PEP 610 has them: an archive, a git
// checkout, a local file or folder.
//
//   git+https://HOST/PATH[@REVISION][#egg=NAME[EXTRA,...]&subdirectory=DIR]      also http, ssh, file, git
//   git+file:PATH[@REVISION]                                                     relative to whoever names it
//   https://HOST/PATH/FILE.whl|.tar.gz|.zip|...[#sha256=HEX&subdirectory=DIR]
//   file:///PATH, file:PATH, ./PATH, ../PATH, FOLDER/..., FILE.whl               relative to whoever names it
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/digest.hpp"
#include "standards/python/marker.hpp"

namespace mlrepro::python {

struct DirectUrl {
  enum class Kind { archive, git, local };
  Kind kind = Kind::archive;
  std::string url;       // archive, git: less "git+", "@REVISION" and fragment; may hold credentials. Of
                         // a repository at a relative path "file:PATH", escaped
  std::string path;      // local: decoded, lexically normal, absolute or relative ("." is the folder itself)
  std::string revision;  // git: branch, tag or commit; empty: the default branch
  std::string subdirectory;         // relative, without "." and ".."; empty: none
  std::optional<Sha256> sha256;     // of the archive
  std::string egg;                  // normalised; empty where not told
  std::vector<std::string> extras;  // of "#egg=name[...]": normalised, sorted

  // Absent with a reason for a person in `why`.
  [[nodiscard]] static std::optional<DirectUrl> parse(std::string_view text, std::string& why);
  // The same of a line that is no more than this: a path without a scheme stands for itself, escapes and all.
  [[nodiscard]] static std::optional<DirectUrl> parse_bare(std::string_view text, std::string& why);
  // Without credentials and egg; reads as itself.
  [[nodiscard]] std::string str() const;
  // The last component, decoded: of an archive's URL or a local path; empty for git.
  [[nodiscard]] std::string file_name() const;
};

struct DirectRequirement {
  std::string name;                 // normalised; empty where only the thing itself tells it
  std::vector<std::string> extras;  // normalised, sorted
  DirectUrl url;
  std::optional<Marker> marker;

  // "name[extras] @ URL ; marker", "URL", "PATH[extras] ; marker". The name of a wheel is in its file name.
  // Absent with a reason in `why`.
  [[nodiscard]] static std::optional<DirectRequirement> parse(std::string_view text, std::string& why);
  // Without credentials: `name[a,b] @ URL ; marker`, or `URL[a,b] ; marker` for one without a name.
  [[nodiscard]] std::string str() const;
};

// Whether a line names a URL or a path, as pip looks at it; else it names a project of an index.
[[nodiscard]] bool is_direct(std::string_view line);

// "https://user:secret@host/" -> "https://host/"; of ssh the user stays, without whom nothing is found.
[[nodiscard]] std::string without_userinfo(std::string_view url);

// DirectUrl::url of a git repository at a path; of such a URL with a relative path, that path.
[[nodiscard]] std::string repository_at(std::string_view path);
[[nodiscard]] std::optional<std::string> relative_repository(std::string_view url);

// .whl, .zip, .tar.gz, .tgz, .tar.bz2, .tbz, .tar.xz, .txz, .tar in any case.
[[nodiscard]] bool is_archive_name(std::string_view file_name);

}  // namespace mlrepro::python

#include "services/index/debian_release.hpp"

#include <algorithm>

#include "adapters/net/http_client.hpp"
#include "adapters/openpgp/clearsign.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

// Clocks of archive and reader may differ by this much before a date in the future is an error.
constexpr UnixTime clock_tolerance = 24 * 60 * 60;

std::vector<std::string> keyring_bytes(const DebianSource& source) {
  std::vector<std::string> bytes;
  for (const auto& keyring : source.keyrings) {
    const bool embedded = keyring.find("-----BEGIN PGP") != std::string::npos;
    bytes.push_back(embedded ? keyring : read_file(keyring, 64U << 20));
  }
  if (bytes.empty()) {
    throw Error(ErrorKind::input, "signature", "no key is known for " + source.suite + " of " + source.uri,
                "give the source a Signed-By (apt) or signed-by (mlrepro.toml)");
  }
  return bytes;
}

// What to do about a signature or a date that is not good yet: where the file says that it was made later
// than this machine's clock, the clock is the first suspect, though the date is not proved here.
std::string clock_hint(std::string_view document, UnixTime time, const std::string& otherwise) {
  const auto at = document.find("\nDate: ");
  if (at == std::string_view::npos) return otherwise;
  const auto line = document.substr(at + 7, document.find('\n', at + 1) - at - 7);
  const auto date = parse_rfc2822(trim(line));
  if (!date || *date <= time + clock_tolerance) return otherwise;
  return "check the clock of this machine: it says " + format_rfc3339(time) +
         ", and the file says that it is of " + format_rfc3339(*date);
}

// One line without control characters, whatever the archive calls itself.
std::string one_line(std::string_view text) {
  std::string result;
  for (const auto word : split_words(text))
    result += (result.empty() ? "" : " ") + to_lower(word);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      '?');
  return result;
}

std::string logical_name(const deb::Release& release) {
  const std::string label = one_line(release.label.empty() ? release.origin : release.label);
  return (label.empty() ? "archive" : label) + " " +
         one_line(release.codename.empty() ? release.suite : release.codename);
}

}  // namespace

VerifiedRelease verify_release(const std::string& bytes, const DebianSource& source,
                               std::optional<UnixTime> at) {
  if (at && source.as_of) at = source.as_of;
  const std::string what = "InRelease of " + source.suite;
  const ClearsignVerdict verdict =
      verify_clearsigned(bytes, {keyring_bytes(source), source.only_keys, !at || source.as_of});
  if (!verdict.good) {
    throw Error(
        ErrorKind::input, "signature", what + " has no good signature: " + join(verdict.reasons, "; "),
        clock_hint(
            bytes, now(),
            "the archive or the way to it may be tampered with; check Signed-By if the archive changed "
            "its key"));
  }
  const deb::Release release = deb::parse_release(verdict.content, what);
  if (source.suite != release.codename && source.suite != release.suite) {
    throw Error(ErrorKind::input, "wrong-suite",
                what + " says it is " + release.codename + " (" + release.suite + ")",
                "the mirror serves another suite under this name");
  }
  if (source.as_of && at && release.date > *at) {
    throw Error(ErrorKind::input, "too-new",
                what + " at " + without_credentials(source.uri) + " is of " + format_rfc3339(release.date) +
                    ", later than environment.exclude-newer, " + format_rfc3339(*at),
                "os.snapshot must name an archive that keeps every state, by {timestamp}");
  }
  if (at && release.date > *at + clock_tolerance) {
    throw Error(ErrorKind::input, "not-yet-valid",
                what + " is dated " + format_rfc3339(release.date) + ", in the future",
                "check the clock of this machine: it says " + format_rfc3339(*at));
  }
  if (at && release.valid_until && *release.valid_until < *at) {
    throw Error(ErrorKind::input, "expired", what + " expired on " + format_rfc3339(*release.valid_until),
                "the mirror is stale or replayed; use another mirror, and check the clock of this machine");
  }
  VerifiedRelease verified;
  verified.release = release;
  verified.locked.source = logical_name(release);
  verified.locked.suite = source.suite;
  verified.locked.sha256 = sha256(bytes);
  verified.locked.size = bytes.size();
  verified.locked.date = format_rfc3339(release.date);
  verified.locked.signed_by = verdict.fingerprints;
  return verified;
}

}  // namespace mlrepro

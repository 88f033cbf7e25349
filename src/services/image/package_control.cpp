#include "services/image/package_control.hpp"

#include "base/error.hpp"
#include "standards/deb/control.hpp"

namespace mlrepro {
namespace {

deb::Relations relations_of(const deb::Stanza& stanza, std::string_view field) {
  return deb::try_parse_relations(stanza.get(field)).value_or(deb::Relations{});
}

}  // namespace

PackageControl parse_package_control(std::string_view text, const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::input, "bad-control", "the control file of " + name + " is wrong: " + why);
  };
  if (text.find('\0') != std::string_view::npos) refuse("it holds a NUL byte");
  deb::ControlReader reader(text, "the control file of " + name, deb::Comments::skipped);
  deb::Stanza stanza;
  deb::Stanza second;
  if (!reader.next(stanza) || reader.next(second)) refuse("it is not one stanza");

  PackageControl control;
  for (const auto& field : stanza.fields())
    control.fields.emplace_back(field.name, field.value);
  for (const auto field : {"Status", "Conffiles", "Config-Version", "Triggers-Pending", "Triggers-Awaited"}) {
    if (stanza.find(field)) refuse(std::string("the field ") + field + " belongs to dpkg");
  }
  control.package = stanza.get("Package");
  control.version = stanza.get("Version");
  control.architecture = stanza.get("Architecture");
  control.same = stanza.get("Multi-Arch") == "same";
  control.essential = stanza.get("Essential") == "yes";
  control.needs = relations_of(stanza, "Pre-Depends");
  control.pre_needs = control.needs.size();
  for (auto& group : relations_of(stanza, "Depends"))
    control.needs.push_back(std::move(group));
  control.provides = relations_of(stanza, "Provides");
  control.replaces = relations_of(stanza, "Replaces");
  if (!deb::is_package_name(control.package)) refuse("Package is missing or no package name");
  if (control.version.empty() || control.version.find_first_of("/ \n") != std::string::npos)
    refuse("Version is missing or wrong");
  static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (control.architecture.empty() || control.architecture.find_first_not_of(plain) != std::string::npos) {
    refuse("Architecture is missing or wrong");
  }
  return control;
}

}  // namespace mlrepro

// libarchive, loaded when it is first needed: with it come libxml2 and the tables of ICU.
#pragma once

namespace mlrepro {

// Before the first call of any of its functions; costs nothing when called again. Throws as LateLibrary does.
void load_archive();

}  // namespace mlrepro

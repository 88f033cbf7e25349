// Rootless: a user namespace with a full range of ids, so that all that follows is the same code as for root.
#pragma once

#include <string>

namespace mlrepro {

// Does nothing where the effective uid is 0. Otherwise moves this process into a user namespace where it is
// root: its own uid is 0, and 1..65535 are its subordinate ids (/etc/subuid, /etc/subgid, through newuidmap
// and newgidmap). Files written from then on belong to those ids outside.
//
// Call once, before any thread is started: the kernel refuses it afterwards. Throws Error(surroundings,
// "no-subuid") where the user has no subordinate ids or the helpers are missing, Error(surroundings,
// "no-user-namespaces") where the kernel forbids.
void enter_user_namespace();

// Whose files can be made and owned from now on: everybody's; the caller's, as root's; the caller's.
enum class MappedIds { all, own, outside };

// The same for what needs no other user: where there are no subordinate ids the namespace has the caller's
// alone, as its root. Throws Error(surroundings, "no-user-namespaces").
[[nodiscard]] MappedIds enter_any_user_namespace();

// Whether this process, root here, can give files to other users; the other throws the "no-subuid" of
// enter_user_namespace() where it cannot.
[[nodiscard]] bool has_all_ids();
void require_all_ids();

// As enter_any_user_namespace(), for what can be done in part from outside of one, too; then `why`, where
// given, says why there is none.
[[nodiscard]] MappedIds try_user_namespace(std::string* why = nullptr);

}  // namespace mlrepro

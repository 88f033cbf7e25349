// What is changed in a configured tree so that equal locks give equal bytes: a declared list. Its version is
// part of the image section of a lock; whoever changes the list raises it.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "services/image/path_ledger.hpp"

namespace mlrepro {

inline constexpr int canonicalisation_version = 3;

enum class CanonicalAction {
  remove,           // what the pattern names, with all it holds
  remove_files,     // every file and link below the folder; folders stay, since packages own them
  clear,            // all that the folder holds; the folder stays
  empty,            // a file is cut to nothing
  remove_dangling,  // a link to a name in its own folder that is not there
  sort_lines,       // sorted_lines() of canonical_bytes.hpp
  sort_listing,     // sorted_listing()
  undate_octave,    // undated_octave()
  date_keystore     // dated_keystore()
};

struct Canonicalisation {
  std::string_view pattern;  // path below the root; '*' and '?' as in a shell, never matching '/'
  CanonicalAction action;
  std::string_view reason;
};

inline constexpr std::array<Canonicalisation, 69> canonicalisations{{
    {"dev", CanonicalAction::clear, "filled at run time"},
    {"proc", CanonicalAction::clear, "mounted at run time"},
    {"sys", CanonicalAction::clear, "mounted at run time"},
    {"run", CanonicalAction::clear, "a tmpfs at run time"},
    {"tmp", CanonicalAction::clear, "scratch of maintainer scripts"},
    {"var/tmp", CanonicalAction::clear, "scratch of maintainer scripts"},
    {"etc/machine-id", CanonicalAction::empty, "random; made anew where a system starts"},
    {"var/lib/dbus/machine-id", CanonicalAction::remove, "random; made anew where a system starts"},
    {"etc/hostname", CanonicalAction::remove, "bound at run time"},
    {"etc/resolv.conf", CanonicalAction::remove, "bound at run time"},
    {"etc/.pwd.lock", CanonicalAction::remove, "a lock file"},
    {"etc/passwd-", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"etc/group-", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"etc/shadow-", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"etc/gshadow-", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"etc/subuid-", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"etc/subgid-", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"etc/aliases.db", CanonicalAction::remove, "a random identity; made anew by newaliases"},
    {"etc/bind/rndc.key", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"etc/courier/*.pem", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"etc/ejabberd/ejabberd.pem", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"etc/ircd-hybrid/key/*", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"etc/iscsi/initiatorname.iscsi", CanonicalAction::remove, "random: no two machines may share it"},
    {"etc/ldap/slapd.d", CanonicalAction::clear,
     "belongs to the removed directory; dpkg-reconfigure slapd makes both anew"},
    {"etc/munge/munge.key", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"etc/postgresql/*/*", CanonicalAction::remove,
     "belongs to the removed database; pg_createcluster makes both anew"},
    {"etc/ssh/ssh_host_*_key", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"etc/ssh/ssh_host_*_key.pub", CanonicalAction::remove, "belongs to the removed key"},
    {"etc/ssl/private/ssl-cert-snakeoil.key", CanonicalAction::remove,
     "random, and a secret that no image may share"},
    {"etc/ssl/certs/ssl-cert-snakeoil.pem", CanonicalAction::remove, "belongs to the removed key"},
    {"etc/ssl/certs/*", CanonicalAction::remove_dangling, "hash links to the removed certificate"},
    {"etc/ssl/certs/java/cacerts", CanonicalAction::date_keystore, "holds times"},
    {"etc/xrdp/rsakeys.ini", CanonicalAction::remove, "random, and a secret that no image may share"},
    {"root/.rnd", CanonicalAction::remove, "random"},
    {"root/.cache", CanonicalAction::remove, "a cache"},
    {"root/.wget-hsts", CanonicalAction::remove, "holds times"},
    {"usr/share/octave/octave_packages", CanonicalAction::undate_octave, "holds the time"},
    {"usr/share/info/dir", CanonicalAction::remove, "its order follows the order of configuring"},
    {"usr/share/info/dir.old", CanonicalAction::remove, "a backup"},
    {"var/backups", CanonicalAction::remove_files, "backups"},
    {"var/cache/apt", CanonicalAction::remove_files, "a cache"},
    {"var/cache/debconf/*-old", CanonicalAction::remove,
     "a backup; its content follows the order of changes"},
    {"var/cache/fontconfig", CanonicalAction::remove_files, "holds times and directory order"},
    {"var/cache/ldconfig/aux-cache", CanonicalAction::remove, "holds inode numbers and times"},
    {"var/cache/man", CanonicalAction::remove_files, "holds times and directory order"},
    {"var/lib/apt/lists", CanonicalAction::remove_files, "a cache"},
    {"var/lib/dpkg/*-old", CanonicalAction::remove, "a backup; its content follows the order of changes"},
    {"var/lib/dpkg/lock", CanonicalAction::remove, "a lock file"},
    {"var/lib/dpkg/lock-frontend", CanonicalAction::remove, "a lock file"},
    {"var/lib/dpkg/triggers/Lock", CanonicalAction::remove, "a lock file"},
    {"var/lib/ldap", CanonicalAction::clear, "a directory with random identities, and times"},
    {"var/lib/mysql", CanonicalAction::clear,
     "a database with random identities, and times; made anew by mariadb-install-db"},
    {"var/lib/postgresql/*/*", CanonicalAction::remove,
     "a database with a random identity, and times in its log"},
    {"var/lib/rabbitmq/.erlang.cookie", CanonicalAction::remove,
     "random, and a secret that no image may share"},
    {"var/lib/systemd/random-seed", CanonicalAction::remove, "random"},
    {"var/lib/urandom/random-seed", CanonicalAction::remove, "random"},
    {"var/lib/systemd/catalog/database", CanonicalAction::remove,
     "random identifiers; made anew where a system starts"},
    {"var/lib/texmf/fmtutil.cnf-*", CanonicalAction::sort_lines, "follows directory order"},
    {"var/lib/texmf/ls-R*", CanonicalAction::sort_listing, "follows directory order"},
    {"var/lib/texmf/updmap.cfg-*", CanonicalAction::sort_lines, "follows directory order"},
    // kpathsea makes a format that is missing where it is first asked for (mktexfmt).
    {"var/lib/texmf/web2c/luahbtex/*.fmt", CanonicalAction::remove, "Lua's hashes are random"},
    {"var/lib/texmf/web2c/luajithbtex/*.fmt", CanonicalAction::remove, "Lua's hashes are random"},
    {"var/lib/texmf/web2c/luajittex/*.fmt", CanonicalAction::remove, "Lua's hashes are random"},
    {"var/lib/texmf/web2c/luatex/*.fmt", CanonicalAction::remove, "Lua's hashes are random"},
    {"var/lib/texmf/web2c/metafont/*.base", CanonicalAction::remove,
     "holds the time, whatever SOURCE_DATE_EPOCH"},
    {"var/lib/texmf/web2c/tex/*.fmt", CanonicalAction::remove, "holds the time, whatever SOURCE_DATE_EPOCH"},
    {"var/lib/texmf/web2c/*.log", CanonicalAction::remove, "times and the order of what ran"},
    {"var/lib/texmf/web2c/*/*.log", CanonicalAction::remove, "times and the order of what ran"},
    {"var/log", CanonicalAction::remove_files, "times and the order of what ran"},
}};
static_assert(!canonicalisations.back().reason.empty(), "as many as the array's size says");

// Whether an entry (its path, its lstat) is not this build's own: it stays as it is.
using KeepEntry = std::function<bool(const std::string& path, const struct stat& info)>;

// Applies the list to the tree. Links in it are never followed.
void canonicalise(const std::filesystem::path& tree, std::int64_t source_date_epoch,
                  const KeepEntry& keep = {});

// Sets every time below the tree, folders too: a file that still has the time its package gave it keeps that,
// `source_date_epoch` at most; all else gets `source_date_epoch`. So the clock of the building machine is
// nowhere seen, even where it is wrong.
void clamp_times(const std::filesystem::path& tree, const PathLedger& ledger, std::int64_t source_date_epoch);

// The same of the folder alone, which gets `source_date_epoch`.
void clamp_folder_time(const std::filesystem::path& folder, std::int64_t source_date_epoch);
// Gives one folder the time of another.
void copy_folder_time(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mlrepro

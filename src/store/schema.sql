-- The records of one project, .mlrepro/records.db. PRAGMA user_version counts the schema: this is version 3.
-- Times are RFC 3339 text in UTC, digests 64 hexadecimal digits, booleans 0 and 1.

CREATE TABLE runs (
  id            TEXT PRIMARY KEY,           -- 32 hexadecimal digits
  name          TEXT NOT NULL UNIQUE,
  lock_id       TEXT NOT NULL,              -- "sha256:..." of the lock it was made with
  image         TEXT NOT NULL,              -- "sha256:..." of the OCI image manifest
  workdir       TEXT NOT NULL,
  network       TEXT NOT NULL,              -- none | host | private
  determinism   TEXT NOT NULL,              -- off | warn | strict
  started       TEXT NOT NULL,
  seconds       REAL NOT NULL,
  exit_status   INTEGER,                    -- NULL: mlrepro was killed before the command ended
  log           TEXT NOT NULL,              -- its output as it came, the last 16 MiB
  source_commit TEXT,                       -- NULL: the project is no git checkout
  source_dirty  INTEGER,
  source_diff   TEXT,                       -- digest of the uncommitted change; NULL where clean
  source_remote TEXT,
  host_kernel   TEXT NOT NULL,
  host_machine  TEXT NOT NULL,
  host_cpu      TEXT NOT NULL,
  host_cpus     INTEGER NOT NULL,
  host_memory   INTEGER NOT NULL,           -- bytes
  host_runtime  TEXT NOT NULL,              -- "crun 1.8.1"
  user          TEXT,                       -- "UID[:GID]", "" is root; NULL: a run of before version 2, of
                                            -- whose mounts, user, shm_size and read_only nothing is known
  shm_size      INTEGER,                    -- bytes; NULL: the runtime's own
  read_only     INTEGER,                    -- the root file system
  gpus          TEXT,                       -- as --gpus has it; NULL: a run of before version 3, of whose GPUs,
                                            -- ports and limits nothing is known
  memory        INTEGER,                    -- bytes at most; NULL: unlimited
  cpus          REAL,                       -- CPU time at most; NULL: unlimited
  health        TEXT,                       -- starting | healthy | unhealthy; NULL: no health check
  health_checks INTEGER,
  health_fails  INTEGER,
  health_last   TEXT                        -- what the last check that failed said
) STRICT;

CREATE INDEX runs_by_time ON runs (started);

CREATE TABLE run_arguments (                -- the command, word by word
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  word     TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;

CREATE TABLE run_environment (
  run   TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, name)
) STRICT;

CREATE TABLE run_mounts (                   -- in the order in which they were mounted
  run         TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  source      TEXT NOT NULL,                -- relative to the manifest's folder where it lies below it
  destination TEXT NOT NULL,
  read_only   INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;

CREATE TABLE run_files (
  run    TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  role   TEXT NOT NULL CHECK (role IN ('input', 'output')),
  path   TEXT NOT NULL,                     -- relative to the manifest's folder
  size   INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run, role, path)
) STRICT;

CREATE TABLE run_ports (                    -- as -p has them, in their order
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  port     TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;

CREATE TABLE run_ulimits (                  -- as --ulimit has them
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  ulimit   TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;

CREATE TABLE run_unlocked (                 -- the machine's own files that it was given
  run    TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path   TEXT NOT NULL,                     -- absolute
  size   INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run, path)
) STRICT;

CREATE TABLE run_missing (                  -- declared output patterns that nothing fitted
  run     TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  pattern TEXT NOT NULL,
  PRIMARY KEY (run, pattern)
) STRICT;

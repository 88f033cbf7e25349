// Text against a file below fixtures/. MLREPRO_ACCEPT=1 writes the file instead, and the test counts as
// skipped.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/file.hpp"

// `name` is a path below fixtures/.
#define MLREPRO_EXPECT_GOLDEN(name, text)                                                   \
  do {                                                                                      \
    const std::filesystem::path golden = std::filesystem::path(MLREPRO_FIXTURES) / (name);  \
    if (std::getenv("MLREPRO_ACCEPT") != nullptr) {                                         \
      mlrepro::write_file_atomically(golden, (text));                                       \
      GTEST_SKIP() << "accepted " << golden;                                                \
    }                                                                                       \
    EXPECT_EQ(mlrepro::read_file(golden), (text)) << "MLREPRO_ACCEPT=1 takes the new text"; \
  } while (false)

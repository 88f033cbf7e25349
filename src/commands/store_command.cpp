#include "commands/store_command.hpp"

#include "store/blob_store.hpp"

namespace mlrepro {
namespace {

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

}  // namespace

int store_info_command(const Invocation& invocation) {
  const BlobStore store(invocation.store_path());
  const auto info = store.info();
  invocation.answer->line(std::to_string(info.blobs) + " blobs, " + megabytes(info.bytes) + " in " +
                          store.root().string());
  invocation.answer->document({{"kind", "store"},
                               {"version", 1},
                               {"path", store.root().string()},
                               {"blobs", info.blobs},
                               {"bytes", info.bytes}});
  return exit_done;
}

int store_check_command(const Invocation& invocation) {
  const BlobStore store(invocation.store_path());
  const auto info = store.info();
  const auto damaged = store.check();
  Json list = Json::array();
  for (const auto& digest : damaged) {
    invocation.answer->line("damaged: " + digest.tagged(), Tone::bad);
    list.push_back(digest.tagged());
  }
  if (damaged.empty()) {
    invocation.answer->line(std::to_string(info.blobs) + " blobs checked, all as their names say",
                            Tone::good);
  } else {
    invocation.answer->line("a damaged blob is set aside and fetched again when it is needed next");
  }
  invocation.answer->document({{"kind", "store"},
                               {"version", 1},
                               {"path", store.root().string()},
                               {"blobs", info.blobs},
                               {"bytes", info.bytes},
                               {"damaged", list}});
  return damaged.empty() ? exit_done : exit_no;
}

}  // namespace mlrepro

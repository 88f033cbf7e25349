// What a build backend left: a wheel, brought into the store in a form that two builds share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "standards/python/metadata.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Takes the wheel as it is where every member has the time `source_date_epoch` (or one of those that backends
// write instead, the same for all) and an order that no file system decides; else writes it anew: members by
// name, .dist-info last, RECORD sorted, that time, nothing compressed. `name` is the file's.
[[nodiscard]] PythonFile keep_wheel(const std::filesystem::path& file, const std::string& name,
                                    std::int64_t source_date_epoch, const BlobStore& store);

// METADATA of a wheel on disk. Throws Error(input, "bad-wheel").
[[nodiscard]] python::CoreMetadata metadata_of_built(const std::filesystem::path& file,
                                                     const std::string& name);

}  // namespace mlrepro

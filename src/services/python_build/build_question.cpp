#include "services/python_build/build_question.hpp"

#include "base/error.hpp"

namespace mlrepro {

std::string shown(const SourceFile& source) {
  return source.version.empty() ? source.name : source.name + " " + source.version;
}

void attempt(BuildQuestion& question, const std::function<void()>& work) {
  if (question.failure) return;
  try {
    work();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    question.failure = std::current_exception();
  }
}

void refuse(const std::vector<BuildQuestion>& questions) {
  std::exception_ptr first;
  std::string others;
  for (const auto& question : questions) {
    if (!question.failure) continue;
    if (!first) {
      first = question.failure;
      continue;
    }
    try {
      std::rethrow_exception(question.failure);
    } catch (const Error& error) {
      others += "; " + shown(question.source) +
                " cannot be built either: " + (error.hint().empty() ? error.message() : error.hint());
    }
  }
  if (!first) return;
  try {
    std::rethrow_exception(first);
  } catch (const Error& error) {
    if (others.empty()) throw;
    throw Error(error.kind(), error.code(), error.message(), error.hint() + others);
  }
}

}  // namespace mlrepro

#include "standards/python/record.hpp"

#include <gtest/gtest.h>

#include "standards/python/entry_points.hpp"

namespace mlrepro::python {
namespace {

TEST(PythonRecord, WritesTheEmptyFilesHash) {
  EXPECT_EQ(record_hash(sha256("")), "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
  const RecordEntry entry{"a", record_hash(sha256("")), 0};
  EXPECT_EQ(entry.sha256(), sha256(""));
  EXPECT_FALSE((RecordEntry{"a", "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV", 0}.sha256()));
  EXPECT_FALSE((RecordEntry{"a", "md5=47DEQpj8HBSa", 0}.sha256()));
  EXPECT_FALSE((RecordEntry{"a", "", {}}.sha256()));
}

TEST(PythonRecord, ReadsQuotesAndLineEnds) {
  const auto entries = parse_record("a/b.py,sha256=x,12\r\n\"c,\"\"d\"\".py\",,\n\ne,f\n");
  ASSERT_TRUE(entries);
  EXPECT_EQ(*entries,
            (std::vector<RecordEntry>{{"a/b.py", "sha256=x", 12}, {"c,\"d\".py", "", {}}, {"e", "f", {}}}));
}

TEST(PythonRecord, WritesWhatItReads) {
  const std::vector<RecordEntry> entries = {
      {"z", "", {}}, {"a,\"b\"\n", "sha256=x", 3}, {"m", "sha256=y", 0}};
  const auto text = render_record(entries);
  EXPECT_EQ(text, "\"a,\"\"b\"\"\n\",sha256=x,3\nm,sha256=y,0\nz,,\n");
  EXPECT_EQ(render_record(parse_record(text).value()), text);
}

TEST(PythonRecord, RefusesWhatIsNone) {
  for (const char* bad : {"\"a,b", "a,b,c,d", ",x,1", "a", "\"a\"x,y,1", "a,x,\na,y,\n"})
    EXPECT_FALSE(parse_record(bad)) << bad;
  EXPECT_EQ(parse_record("a,x,\na,x,\n")->size(), 1U);
}

TEST(EntryPoints, GivesTheScripts) {
  const char* text =
      "# comment\n[console_scripts]\n  pip = pip._internal.cli.main:main [extra]\nx=a.b:C.d\nbad/name = "
      "a:b\n.. = a:b\nnoattr = a\n"
      "evil = os;x:y\npip = other:main\n[gui_scripts]\nw = w:run\n[other.group]\np = q:r\n";
  const auto scripts = script_entry_points(text);
  EXPECT_EQ(scripts, (std::vector<EntryPoint>{{"console_scripts", "pip", "other", "main"},
                                              {"console_scripts", "x", "a.b", "C.d"},
                                              {"gui_scripts", "w", "w", "run"}}));
  EXPECT_EQ(parse_entry_points(text).back(), (EntryPoint{"other.group", "p", "q", "r"}));
  EXPECT_EQ(render_script(scripts[1], "/opt/env/bin/python"),
            "#!/opt/env/bin/python\nimport sys\n\nfrom a.b import C\n\nif __name__ == \"__main__\":\n    "
            "sys.exit(C.d())\n");
}

}  // namespace
}  // namespace mlrepro::python

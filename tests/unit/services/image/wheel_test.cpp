#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "support/archives.hpp"

namespace mlrepro {
namespace {
namespace fs = std::filesystem;
using testing::ZipItem;

class Wheel : public ::testing::Test {
 protected:
  Wheel() {
    testing::write_bytes(tree_ / "usr/bin/python3.11", "");
    section_.interpreter.version = "3.11.2";
  }

  // `items` and what a wheel must have, with a RECORD that fits; `record` is appended to it.
  void add(const std::string& name, std::vector<ZipItem> items, const std::string& record = {}) {
    const std::string info = name + "-1.0.dist-info/";
    items.push_back({info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"});
    items.push_back({info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n"});
    std::string lines;
    for (const auto& item : items) {
      if (item.name.ends_with('/')) continue;
      lines += item.name + "," + python::record_hash(sha256(item.bytes)) + "," +
               std::to_string(item.bytes.size()) + "\n";
    }
    items.push_back({info + "RECORD", lines + info + "RECORD,,\n" + record});
    add_raw(name, testing::make_zip(items));
  }
  void add_raw(const std::string& name, const std::string& bytes) {
    const fs::path file = temporary_.path() / (name + "-1.0-py3-none-any.whl");
    testing::write_bytes(file, bytes);
    wheels_.push_back(file);
    PythonPackage package;
    package.name = name;
    package.version = "1.0";
    package.file.name = file.filename().string();
    section_.packages.push_back(package);
  }
  std::vector<std::vector<std::string>> install() {
    NoProgress progress;
    return install_wheels(section_, wheels_, tree_, tree_, progress);
  }
  std::string trouble() {
    try {
      install();
    } catch (const Error& error) {
      return error.code() + ": " + error.message();
    }
    return "nothing thrown";
  }

  TemporaryDirectory temporary_{fs::temp_directory_path(), "wheel"};
  fs::path tree_ = temporary_.path() / "tree";
  fs::path site_ = tree_ / "opt/env/lib/python3.11/site-packages";
  PythonSection section_;
  std::vector<fs::path> wheels_;
};

TEST_F(Wheel, PutsEachSchemeInItsPlace) {
  add("demo", {{"demo/__init__.py", "x = 1\n"},
               {"demo/tool.so", "elf", 0100755},
               {"demo/__pycache__/a.cpython-311.pyc", "stale"},
               {"demo-1.0.data/scripts/run", "#!python -u\nprint()\n"},
               {"demo-1.0.data/scripts/native",
                "\x7f"
                "ELF"},
               {"demo-1.0.data/data/share/demo/x", "data"},
               {"demo-1.0.data/headers/demo.h", "h"},
               {"demo-1.0.data/purelib/demo_more.py", "y = 2\n"},
               {"demo-1.0.dist-info/entry_points.txt", "[console_scripts]\ndemo = demo.cli:main\n"}});
  section_.packages[0].requested = true;
  const auto sources = install();
  const fs::path env = tree_ / "opt/env";
  EXPECT_EQ(testing::read_bytes(site_ / "demo/__init__.py"), "x = 1\n");
  EXPECT_EQ(fs::status(site_ / "demo/tool.so").permissions(), static_cast<fs::perms>(0755));
  EXPECT_EQ(fs::status(site_ / "demo/__init__.py").permissions(), static_cast<fs::perms>(0644));
  EXPECT_FALSE(fs::exists(site_ / "demo/__pycache__"));
  EXPECT_EQ(testing::read_bytes(env / "bin/run"), "#!/opt/env/bin/python3\nprint()\n");
  EXPECT_EQ(testing::read_bytes(env / "bin/native"),
            "\x7f"
            "ELF");
  EXPECT_EQ(testing::read_bytes(env / "share/demo/x"), "data");
  EXPECT_EQ(testing::read_bytes(env / "include/site/python3.11/demo/demo.h"), "h");
  EXPECT_TRUE(testing::read_bytes(env / "bin/demo").starts_with("#!/opt/env/bin/python3\n"));
  EXPECT_EQ(testing::read_bytes(site_ / "demo-1.0.dist-info/INSTALLER"), "mlrepro\n");
  EXPECT_TRUE(fs::exists(site_ / "demo-1.0.dist-info/REQUESTED"));
  EXPECT_EQ(sources,
            (std::vector<std::vector<std::string>>{{"/opt/env/lib/python3.11/site-packages/demo/__init__.py",
                                                    "/opt/env/lib/python3.11/site-packages/demo_more.py"}}));
  EXPECT_EQ(testing::read_bytes(env / "pyvenv.cfg"),
            "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n");
  EXPECT_EQ(fs::read_symlink(env / "bin/python3"), "/usr/bin/python3.11");
}

TEST_F(Wheel, WritesARecordThatFitsWhatIsThere) {
  add("demo", {{"demo.py", ""}, {"demo-1.0.data/scripts/run", "#!python\n"}});
  install();
  const auto entries = python::parse_record(testing::read_bytes(site_ / "demo-1.0.dist-info/RECORD"));
  ASSERT_TRUE(entries.has_value());
  std::vector<std::string> paths;
  for (const auto& entry : *entries) {
    paths.push_back(entry.path);
    if (entry.path.ends_with("/RECORD")) continue;
    const std::string bytes = testing::read_bytes(site_ / entry.path);
    EXPECT_EQ(entry.hash, python::record_hash(sha256(bytes))) << entry.path;
    EXPECT_EQ(entry.size, bytes.size()) << entry.path;
  }
  EXPECT_TRUE(std::is_sorted(paths.begin(), paths.end()));
  EXPECT_EQ(paths.front(), "../../../bin/run");
}

TEST_F(Wheel, RefusesPathsThatLeaveTheirPlace) {
  for (const std::string path : {"../evil", "/evil", "demo/../../evil", "demo-1.0.data/data/../../../evil",
                                 "demo-1.0.data/scripts/../../evil", "demo-1.0.data/scripts/",
                                 "demo\\..\\evil", "a//b", "./a", "a\n.py"}) {
    wheels_.clear();
    section_.packages.clear();
    fs::remove_all(tree_ / "opt");
    add("demo", {{path, "x"}});
    if (path.ends_with('/')) continue;
    EXPECT_TRUE(trouble().starts_with("bad-wheel")) << path << " " << trouble();
  }
}

TEST_F(Wheel, RefusesToReplaceTheInterpreter) {
  for (const std::string path :
       {"demo-1.0.data/scripts/python", "demo-1.0.data/scripts/python3", "demo-1.0.data/scripts/python3.11",
        "demo-1.0.data/data/bin/python3", "demo-1.0.data/data/pyvenv.cfg"}) {
    wheels_.clear();
    section_.packages.clear();
    fs::remove_all(tree_ / "opt");
    add("demo", {{path, "x"}});
    EXPECT_TRUE(trouble().starts_with("bad-wheel")) << path;
  }
}

TEST_F(Wheel, RefusesFilesThatRecordDoesNotFit) {
  const std::string info = "demo-1.0.dist-info/";
  const std::string wheel = "Wheel-Version: 1.0\n";
  const std::string good = info + "WHEEL," + python::record_hash(sha256(wheel)) + ",\n" + info + "RECORD,,\n";
  const std::string x = "x.py," + python::record_hash(sha256("x")) + ",1\n";
  const auto with_record = [&](const std::string& record, const std::string& content) {
    wheels_.clear();
    section_.packages.clear();
    fs::remove_all(tree_ / "opt");
    add_raw("demo",
            testing::make_zip({{"x.py", content}, {info + "WHEEL", wheel}, {info + "RECORD", record}}));
    return trouble();
  };
  EXPECT_EQ(with_record(good + x, "x"), "nothing thrown");
  EXPECT_NE(with_record(good + x, "y").find("x.py does not fit"), std::string::npos);
  EXPECT_NE(with_record(good, "x").find("x.py is not in its RECORD"), std::string::npos);
  EXPECT_NE(with_record(good + x + "gone.py,sha256=AAAA,1\n", "x").find("gone.py"), std::string::npos);
  EXPECT_NE(with_record(good + "x.py,,\n", "x").find("no SHA-256 for x.py"), std::string::npos);
  EXPECT_NE(with_record(good + "x.py,md5=abc,1\n", "x").find("no SHA-256 for x.py"), std::string::npos);
}

TEST_F(Wheel, RefusesANewerWheelFormatAndAnotherProject) {
  const std::string info = "demo-1.0.dist-info/";
  add_raw("demo", testing::make_zip({{info + "WHEEL", "Wheel-Version: 2.0\n"}, {info + "RECORD", ""}}));
  EXPECT_NE(trouble().find("Wheel-Version"), std::string::npos);
  fs::remove_all(tree_ / "opt");
  add_raw("other", testing::read_bytes(wheels_[0]));
  wheels_.erase(wheels_.begin());
  section_.packages.erase(section_.packages.begin());
  EXPECT_NE(trouble().find("another project"), std::string::npos);
}

TEST_F(Wheel, SharesEqualFilesAndRefusesDifferentOnes) {
  add("aaa", {{"shared/__init__.py", "same"}, {"aaa.py", ""}});
  add("bbb", {{"shared/__init__.py", "same"}, {"bbb.py", ""}});
  EXPECT_EQ(trouble(), "nothing thrown");
  fs::remove_all(tree_ / "opt");
  add("ccc", {{"shared/__init__.py", "other"}});
  const std::string message = trouble();
  EXPECT_TRUE(message.starts_with("file-conflict")) << message;
  EXPECT_NE(message.find("aaa 1.0 and ccc 1.0"), std::string::npos) << message;
}

TEST_F(Wheel, RefusesAFileBelowAnotherWheelsFile) {
  add("aaa", {{"thing", "file"}});
  add("bbb", {{"thing/inside.py", "x"}});
  EXPECT_TRUE(trouble().starts_with("file-conflict"));
}

TEST_F(Wheel, NeverWritesThroughALinkInTheTree) {
  fs::create_directory(temporary_.path() / "outside");
  fs::create_directory_symlink(temporary_.path() / "outside", tree_ / "opt");
  add("demo", {{"demo.py", ""}});
  EXPECT_TRUE(trouble().starts_with("bad-path"));
  EXPECT_TRUE(fs::is_empty(temporary_.path() / "outside"));
}

TEST_F(Wheel, NeedsTheInterpreterInTheImage) {
  fs::remove(tree_ / "usr/bin/python3.11");
  add("demo", {{"demo.py", ""}});
  EXPECT_TRUE(trouble().starts_with("no-interpreter"));
}

}  // namespace
}  // namespace mlrepro

#include "standards/python/simple_page.hpp"

#include <gtest/gtest.h>

#include "standards/python/url.hpp"

namespace mlrepro::python {
namespace {

constexpr const char* base = "https://index.example.org/simple/foo/";
const std::string hex_a(64, 'a');
const std::string hex_b(64, 'b');

std::string html_page() {
  return "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" content=\"1.1\"><title><a "
         "href=no.whl></title></head><body>\n"
         "<!-- <a href=\"old.whl\">old</a> -->"
         "<script>'<a href=\"js.whl\">'</script>\n"
         "<a href=\"../../packages/foo-1.0-py3-none-any.whl#sha256=" +
         hex_a +
         "\" data-requires-python=\"&gt;=3.8,&#60;4\" "
         "data-yanked=\"broken &amp; &quot;sad&quot;\" data-upload-time=\"2024-05-01T10:11:12.5Z\" "
         "data-dist-info-metadata=\"false\" "
         "data-core-metadata=\"sha256=" +
         hex_b +
         "\">foo</a><br/>\n"
         "<A HREF='https://files.example.org/foo-1.1%2Bcu121-py3-none-any.whl' DATA-DIST-INFO-METADATA=true "
         "data-yanked>x</A>\n"
         "<a href=/f/foo-1.2.tar.gz data-requires-python=''>y</a>"
         "<a href=\"/\">home</a><a>none</a><a "
         "href=\"mailto:x@example.org\">m</a>\n"
         "</body></html>";
}

std::string json_page() {
  return R"({"meta":{"api-version":"1.1","_last-serial":1},"name":"foo","versions":["1.0"],"files":[)"
         R"({"filename":"foo-1.0-py3-none-any.whl","url":"../../packages/foo-1.0-py3-none-any.whl","hashes":{"md5":"x","sha256":")" +
         hex_a +
         R"("},"requires-python":">=3.8,<4","yanked":"broken & \"sad\"","upload-time":"2024-05-01T10:11:12.5Z",)"
         R"("data-dist-info-metadata":false,"core-metadata":{"sha256":")" +
         hex_b +
         R"("},"provenance":{"sha256":[{"sha256":"no"}]}},)"
         R"({"filename":"foo-1.1+cu121-py3-none-any.whl","url":"https://files.example.org/foo-1.1%2Bcu121-py3-none-any.whl","hashes":{},)"
         R"("yanked":true,"dist-info-metadata":true,"requires-python":null},)"
         R"({"filename":"foo-1.2.tar.gz","url":"/f/foo-1.2.tar.gz","hashes":{},"yanked":false,"requires-python":""},)"
         R"({"filename":"../evil","url":"/f/evil","hashes":{}},{"filename":"nourl","hashes":{}},7]})";
}

TEST(SimplePage, BothFormsGiveTheSameValue) {
  const auto html = parse_simple_html(html_page(), base);
  const auto json = parse_simple_json(json_page(), base);
  ASSERT_TRUE(html && json);
  EXPECT_EQ(*html, *json);
  ASSERT_EQ(html->files.size(), 3U);
  const auto& first = html->files[0];
  EXPECT_EQ(first.filename, "foo-1.0-py3-none-any.whl");
  EXPECT_EQ(first.url, "https://index.example.org/packages/foo-1.0-py3-none-any.whl");
  EXPECT_EQ(first.sha256, Sha256::parse(hex_a));
  EXPECT_EQ(first.requires_python, ">=3.8,<4");
  EXPECT_EQ(first.yanked, "broken & \"sad\"");
  EXPECT_EQ(first.upload_time, parse_rfc3339("2024-05-01T10:11:13Z"));  // what was later than :12
  EXPECT_TRUE(first.core_metadata);
  EXPECT_EQ(first.core_metadata_sha256, Sha256::parse(hex_b));
  EXPECT_EQ(html->files[1].filename, "foo-1.1+cu121-py3-none-any.whl");
  EXPECT_EQ(html->files[1].yanked, "");
  EXPECT_TRUE(html->files[1].core_metadata);
  EXPECT_FALSE(html->files[1].sha256);
  EXPECT_FALSE(html->files[2].yanked);
  EXPECT_FALSE(html->files[2].requires_python);
}

TEST(SimplePage, IsChosenByMediaTypeElseByItsFirstCharacter) {
  EXPECT_TRUE(parse_simple_page(json_page(), base, "application/vnd.pypi.simple.v1+json; charset=utf-8"));
  EXPECT_TRUE(parse_simple_page(html_page(), base, "Text/HTML"));
  EXPECT_EQ(parse_simple_page(json_page(), base, "")->files.size(), 3U);
  EXPECT_EQ(parse_simple_page(html_page(), base, "application/octet-stream")->files.size(), 3U);
}

TEST(SimplePage, FollowsBaseAndKeepsSizes) {
  const auto page = parse_simple_html(
      "<base href='//cdn.example.org/p/'><base href='/no/'><a href='a/../b-1.tar.gz'>", base);
  EXPECT_EQ(page->files.at(0).url, "https://cdn.example.org/p/b-1.tar.gz");
  const auto sized = parse_simple_json(
      R"({"files":[{"filename":"a","url":"a","size":5},{"filename":"b","url":"b","size":-5}]})", base);
  EXPECT_EQ(sized->files.at(0).size, 5U);
  EXPECT_FALSE(sized->files.at(1).size);
}

TEST(SimplePage, RefusesOtherVersionsAndOtherThings) {
  EXPECT_FALSE(parse_simple_html("<meta content='2.0' name='pypi:repository-version'>", base));
  EXPECT_FALSE(parse_simple_json(R"({"meta":{"api-version":"2.0"},"files":[]})", base));
  for (const char* bad : {"", "[]", "{}", "nonsense", R"({"files":[])", R"({"files":{}})",
                          "{\"files\":[{\"filename\":\"\xFF\"}]}"}) {
    EXPECT_FALSE(parse_simple_json(bad, base)) << bad;
  }
  EXPECT_FALSE(parse_simple_json("{\"files\":[" + std::string(100000, '['), base));
  EXPECT_TRUE(parse_simple_html("", base)->files.empty());
}

TEST(SimplePage, SurvivesBrokenHtml) {
  for (const char* broken : {"<", "<a", "<a href", "<a href=", "<a href=\"", "<a href='x", "<!--", "<!", "</",
                             "<script>", "<a =x>", "<a/ / >", "&", "<a href=&#>"}) {
    EXPECT_TRUE(parse_simple_html(broken, base)) << broken;
  }
  EXPECT_TRUE(parse_simple_html(
                  "<a href='b-1.tar.gz' data-yanked='&#xD800;&#x110000;&#0;&#99999999999;&nbsp;\xFF'>", base)
                  ->files.at(0)
                  .yanked);
  EXPECT_TRUE(parse_simple_html(
                  "<a href='a%00b'><a href='a%2Fb'><a href='%ff.whl'><a href='..'><a href='x y.whl'>", base)
                  ->files.empty());
}

TEST(Url, ResolvesAsRfc3986) {
  const char* from = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> table[] = {{"g:h", "g:h"},
                                                       {"g", "http://a/b/c/g"},
                                                       {"./g", "http://a/b/c/g"},
                                                       {"g/", "http://a/b/c/g/"},
                                                       {"/g", "http://a/g"},
                                                       {"//g", "http://g"},
                                                       {"?y", "http://a/b/c/d;p?y"},
                                                       {"g?y", "http://a/b/c/g?y"},
                                                       {"#s", "http://a/b/c/d;p?q#s"},
                                                       {"g#s", "http://a/b/c/g#s"},
                                                       {"g;x", "http://a/b/c/g;x"},
                                                       {"", "http://a/b/c/d;p?q"},
                                                       {".", "http://a/b/c/"},
                                                       {"./", "http://a/b/c/"},
                                                       {"..", "http://a/b/"},
                                                       {"../", "http://a/b/"},
                                                       {"../g", "http://a/b/g"},
                                                       {"../..", "http://a/"},
                                                       {"../../g", "http://a/g"},
                                                       {"../../../g", "http://a/g"},
                                                       {"/./g", "http://a/g"},
                                                       {"/../g", "http://a/g"},
                                                       {"g.", "http://a/b/c/g."},
                                                       {".g", "http://a/b/c/.g"},
                                                       {"g..", "http://a/b/c/g.."},
                                                       {"./../g", "http://a/b/g"},
                                                       {"./g/.", "http://a/b/c/g/"},
                                                       {"g/./h", "http://a/b/c/g/h"},
                                                       {"g/../h", "http://a/b/c/h"},
                                                       {"g;x=1/../y", "http://a/b/c/y"},
                                                       {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [reference, expected] : table)
    EXPECT_EQ(resolve_url(from, reference), expected) << reference;
  EXPECT_EQ(resolve_url("http://a", "g"), "http://a/g");
  EXPECT_EQ(percent_decode("a%2Bb%zz%4"), "a+b%zz%4");
}

}  // namespace
}  // namespace mlrepro::python

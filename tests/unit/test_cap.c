#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap.h"
#include "wire/cap_codes.h"

static const char base_text[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>PLD-1</identifier>"
    "<sender>desk@dss.example</sender><sent>2026-11-23T09:30:00-05:00</sent>"
    "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
    "<language>en-US</language><category>Security</category><event>Demonstration</event>"
    "<urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty>"
    "<headline>Head</headline><description>Text</description><area><areaDesc>Chicago</areaDesc>"
    "<circle>41.8781,-87.6298 10</circle></area></info></alert>\n";

/* The base with one piece replaced; "" stands before everything. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(base_text, from);

    assert_non_null(at);
    return g_strdup_printf("%.*s%s%s", (int)(at - base_text), base_text, to, at + strlen(from));
}

/* "code" for an error, "~code" for a warning, in order, each once. */
static char *codes_of(const struct faults *f)
{
    GString *out = g_string_new(NULL);
    const GPtrArray *const lists[] = { f->errors, f->warnings };

    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++)
        for (guint i = 0; i < lists[k]->len; i++) {
            const struct fault *one = lists[k]->pdata[i];
            g_autofree char *word = g_strdup_printf("%s%s", k ? "~" : "", one->code);
            assert_non_null(cap_code_meaning(one->code));
            if (!strstr(out->str, word))
                g_string_append_printf(out, "%s%s", out->len ? " " : "", word);
        }
    return g_string_free(out, FALSE);
}

static void check_codes(const char *name, const char *text, size_t len, enum cap_version oldest,
                        const char *want)
{
    struct faults *f = faults_new();
    struct cap_alert *a = cap_read(text, len, oldest, f);
    g_autofree char *got = codes_of(f);

    if (strcmp(got, want) != 0)
        fail_msg("%s: got “%s”, want “%s”", name, got, want);
    assert_int_equal(a != NULL, !faults_any(f));
    cap_alert_free(a);
    faults_free(f);
}

#define NS12 "urn:oasis:names:tc:emergency:cap:1.2"
#define CIRCLE "<circle>41.8781,-87.6298 10</circle>"
#define SENT "2026-11-23T09:30:00-05:00"
#define UPDATE "<msgType>Update</msgType><scope>Public</scope><references>"

static const struct row {
    const char *name, *from, *to, *want;
} rows[] = {
    { "the base is good", "PLD-1", "PLD-1", "" },
    { "a byte order mark is read over", "", "\xEF\xBB\xBF", "" },
    { "a blank before the declaration is an error", "", " ", "not-xml" },
    { "US-ASCII is read", "UTF-8", "US-ASCII", "" },
    { "other encodings are refused", "UTF-8", "windows-1252", "encoding" },
    { "broken UTF-8 is refused", "Head", "\xC3(", "not-well-formed" },
    { "a character reference beyond Unicode is refused", "Head", "&#x110000;", "not-well-formed" },
    { "a control character reference is refused", "Head", "&#1;", "not-well-formed" },
    { "an undeclared entity is refused", "Head", "&nbsp;", "not-well-formed" },
    { "a DOCTYPE ends it", "<alert ", "<!DOCTYPE alert><alert ", "doctype" },
    { "a DOCTYPE with entities ends it before they are looked at", "<alert ",
      "<!DOCTYPE alert [<!ENTITY a \"b\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]><alert ",
      "doctype" },
    { "a document cut off is refused", "</info></alert>\n", "</info", "truncated" },
    { "text after the alert is refused", "</alert>\n", "</alert>x", "not-well-formed" },
    { "another element of CAP's is no alert", "<alert xmlns=\"" NS12 "\">",
      "<info xmlns=\"" NS12 "\">", "not-an-alert" },
    { "an alert of no namespace is none", NS12, "", "not-an-alert" },
    { "an alert of a stranger's namespace is none", NS12, "http://www.w3.org/2005/Atom",
      "not-an-alert" },
    { "a version to come is not known", NS12, "urn:oasis:names:tc:emergency:cap:1.3",
      "unsupported-version" },
    { "CAP 1.1 is read", NS12, "urn:oasis:names:tc:emergency:cap:1.1", "" },
    { "CAP 1.0 is read", NS12, "http://www.incident.com/cap/1.0", "" },
    { "a signature is read over", "</alert>",
      "<s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\"><s:a><s:b>x</s:b></s:a>"
      "</s:Signature></alert>",
      "~foreign-element" },
    { "a misspelt element is an error", "<headline>Head</headline>",
      "<expire>2026-11-24T09:30:00-05:00</expire>", "unknown-element" },
    { "an element of another version is an error", "<headline>",
      "<web xmlns=\"urn:oasis:names:tc:emergency:cap:1.1\">x</web><headline>", "unknown-element" },
    { "an element within text is an error", "Head", "He<web>x</web>ad", "unknown-element" },
    { "an element twice is an error", "<headline>Head</headline>",
      "<headline>Head</headline><headline>Other</headline>", "repeated-element" },
    { "a password is unknown in CAP 1.2", "<sent>", "<password>x</password><sent>",
      "unknown-element" },
    { "order is a warning", "<status>Actual</status><msgType>Alert</msgType>",
      "<msgType>Alert</msgType><status>Actual</status>", "~element-order" },
    { "text between elements is a warning", "<info>", "stray <info>", "~stray-text" },
    { "an attribute is a warning", "<info>", "<info kind=\"x\">", "~unknown-attribute" },
    { "a schema location is nothing", "<info>",
      "<info xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\">",
      "" },
    { "a stylesheet is nothing", "<alert ",
      "<?xml-stylesheet type=\"text/xsl\" href=\"http://127.0.0.1:9/x\"?><alert ", "" },
    { "an empty element that may be absent is absent", "<headline>Head</headline>", "<headline/>",
      "" },

    { "an identifier is needed", "<identifier>PLD-1</identifier>", "", "missing-element" },
    { "an empty identifier is none", "PLD-1", " \n ", "empty-element" },
    { "an identifier has no blank", "PLD-1", "PLD 1", "bad-identifier" },
    { "an identifier has no comma", "PLD-1", "PLD,1", "bad-identifier" },
    { "an identifier has no ampersand", "PLD-1", "PLD&amp;1", "bad-identifier" },
    { "an identifier has no control character", "PLD-1", "PLD&#x9b;1", "bad-identifier" },
    { "an identifier has no blank of another script", "PLD-1", "PLD&#x2003;1", "bad-identifier" },
    { "an identifier that looks like a path is only text", "PLD-1", "../../etc/x", "" },
    { "a sender has no blank", "desk@dss.example", "the desk", "bad-identifier" },
    { "sent is needed", "<sent>" SENT "</sent>", "", "missing-element" },
    { "sent needs an offset", SENT, "2026-11-23T09:30:00", "bad-time" },
    { "sent in UTC is -00:00", SENT, "2026-11-23T14:30:00-00:00", "" },
    { "Z is read with a warning", SENT, "2026-11-23T14:30:00Z", "~odd-time" },
    { "a fraction is read with a warning", SENT, "2026-11-23T09:30:00.5-05:00", "~odd-time" },
    { "there is no 30 February", SENT, "2026-02-30T09:30:00-05:00", "bad-time" },
    { "a leap second is refused", SENT, "2012-06-30T23:59:60-00:00", "bad-time" },
    { "the very beginning of 1970 is no time", SENT, "1970-01-01T00:00:00-00:00", "bad-time" },
    { "an offset is at most 14 hours", SENT, "2026-11-23T09:30:00+14:01", "bad-time" },
    { "a status is one of the standard's", "Actual", "actual", "not-one-of" },
    { "a message type is one of the standard's", ">Alert<", ">Info<", "not-one-of" },
    { "a scope is one of the standard's", "Public", "Secret", "not-one-of" },
    { "a scope is needed", "<scope>Public</scope>", "", "missing-element" },
    { "Restricted needs a restriction", "<scope>Public</scope>", "<scope>Restricted</scope>",
      "missing-restriction" },
    { "Private needs addresses", "<scope>Public</scope>",
      "<scope>Private</scope><addresses> </addresses>", "missing-addresses" },
    { "Private with addresses is good", "<scope>Public</scope>",
      "<scope>Private</scope><addresses>fr-chicago \"a b\"</addresses>", "" },
    { "a quotation mark is closed", "<scope>Public</scope>",
      "<scope>Private</scope><addresses>fr-chicago \"a b</addresses>", "bad-list" },

    { "an update refers to something", "<msgType>Alert</msgType>", "<msgType>Update</msgType>",
      "missing-references" },
    { "an acknowledgement refers to something", "<msgType>Alert</msgType>",
      "<msgType>Ack</msgType>", "missing-references" },
    { "a reference is a triple", "<msgType>Alert</msgType><scope>Public</scope>",
      UPDATE "a@b,1," SENT "\n c@d,2,2026-11-23T09:00:00-00:00 </references>", "" },
    { "two of three are no reference", "<msgType>Alert</msgType><scope>Public</scope>",
      UPDATE "a@b,1</references>", "bad-reference" },
    { "a reference has a time", "<msgType>Alert</msgType><scope>Public</scope>",
      UPDATE "a@b,1,yesterday</references>", "bad-time" },
    { "an alert refers to itself by the instant", "<msgType>Alert</msgType><scope>Public</scope>",
      UPDATE "desk@dss.example,PLD-1,2026-11-23T14:30:00-00:00</references>", "self-reference" },
    { "another instant is another alert", "<msgType>Alert</msgType><scope>Public</scope>",
      UPDATE "desk@dss.example,PLD-1,2026-11-23T14:29:00-00:00</references>", "" },

    { "a category is needed", "<category>Security</category>", "", "missing-element" },
    { "a category is one of the standard's", "<category>Security", "<category>War", "not-one-of" },
    { "an event is needed", "<event>Demonstration</event>", "<event/>", "empty-element" },
    { "urgency is one of the standard's", "Expected", "Now", "not-one-of" },
    { "severity is one of the standard's", "Moderate", "Red", "not-one-of" },
    { "certainty is one of the standard's", "Likely", "Sure", "not-one-of" },
    { "what CAP 1.0 called Very Likely is Likely", "Likely", "Very Likely", "" },
    { "a response is one of the standard's", "<urgency>",
      "<responseType>Run</responseType><urgency>", "not-one-of" },
    { "a language is a tag", "en-US", "English (US)", "bad-language" },
    { "a language may have an extension", "en-US", "de-DE-u-co-phonebk", "" },
    { "an end before sent is a warning", "<headline>",
      "<expires>2026-11-23T09:29:00-05:00</expires><headline>", "~end-before-begin" },
    { "an end before the beginning is a warning", "<headline>",
      "<effective>2026-11-24T09:29:00-05:00</effective><expires>2026-11-23T10:00:00-05:00</expires>"
      "<headline>",
      "~end-before-begin" },
    { "a resource says what it is", "<area>",
      "<resource><resourceDesc>Map</resourceDesc><uri>file:///etc/passwd</uri></resource><area>",
      "missing-element" },
    { "a size is a whole number", "<area>",
      "<resource><resourceDesc>Map</resourceDesc><mimeType>image/png</mimeType><size>1.5</size>"
      "</resource><area>",
      "bad-number" },
    { "a parameter without a name is an error", "<area>",
      "<parameter><value>x</value></parameter><area>", "missing-element" },
    { "a parameter may have no value", "<area>",
      "<parameter><valueName>x</valueName><value/></parameter><area>", "" },

    { "an area says what it is", "<areaDesc>Chicago</areaDesc>", "", "missing-element" },
    { "a circle is a point and a radius", "-87.6298 10<", "-87.6298<", "bad-circle" },
    { "a circle of no radius is a point", "-87.6298 10<", "-87.6298 0<", "" },
    { "a radius is not negative", "-87.6298 10<", "-87.6298 -1<", "bad-circle" },
    { "a radius has no exponent", "-87.6298 10<", "-87.6298 1e3<", "bad-circle" },
    { "a circle lies on the globe", "41.8781,-87.6298", "91,-87.6298", "coordinate-out-of-range" },
    { "a polygon of any blanks is good", CIRCLE,
      "<polygon>\n41,-88\t42,-88\r\n42,-87   41,-88 </polygon>", "" },
    { "excess digits are read", CIRCLE,
      "<polygon>41.878113000000000001,-88 42,-88 42,-87 41.878113000000000001,-88</polygon>", "" },
    { "an empty polygon is ignored", CIRCLE, "<polygon></polygon>", "~empty-geometry" },
    { "a polygon has four points", CIRCLE, "<polygon>41,-88 42,-88 41,-88</polygon>",
      "polygon-too-short" },
    { "a polygon is closed", CIRCLE, "<polygon>41,-88 42,-88 42,-87 41,-87</polygon>",
      "polygon-not-closed" },
    { "a polygon encloses something", CIRCLE, "<polygon>41,-88 42,-88 41,-88 41,-88</polygon>",
      "polygon-degenerate" },
    { "hexadecimal is no decimal", CIRCLE, "<polygon>0x29,-88 42,-88 42,-87 0x29,-88</polygon>",
      "bad-polygon" },
    { "infinity is no decimal", CIRCLE, "<polygon>1e999,-88 42,-88 42,-87 1e999,-88</polygon>",
      "bad-polygon" },
    { "NaN is no decimal", CIRCLE, "<polygon>nan,-88 42,-88 42,-87 nan,-88</polygon>",
      "bad-polygon" },
    { "a blank after the comma is no polygon", CIRCLE,
      "<polygon>41, -88 42, -88 42, -87 41, -88</polygon>", "bad-polygon" },
    { "a latitude lies on the globe", CIRCLE, "<polygon>91,-88 42,-88 42,-87 91,-88</polygon>",
      "coordinate-out-of-range" },
    { "an altitude is a number", CIRCLE, "<altitude>high</altitude>", "bad-number" },
    { "a ceiling goes with an altitude", CIRCLE, "<ceiling>100</ceiling>", "~ceiling-alone" },
    { "everything that is wrong is said at once",
      "<identifier>PLD-1</identifier><sender>desk@dss.example</sender><sent>" SENT
      "</sent><status>Actual</status>",
      "<identifier>a b</identifier><sent>now</sent><status>Live</status>",
      "missing-element bad-identifier bad-time not-one-of" },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = changed(rows[i].from, rows[i].to);
        check_codes(rows[i].name, text, strlen(text), CAP_1_0, rows[i].want);
    }
}

static void test_bytes(void **state)
{
    static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    gsize len = 0;
    g_autofree char *utf16_text = changed("UTF-8", "UTF-16");
    g_autofree char *utf16 =
        g_convert(utf16_text, -1, "UTF-16", "UTF-8", NULL, &len, NULL); /* with a mark */
    g_autofree char *latin_text = changed("UTF-8", "ISO-8859-1");
    g_autofree char *nul = g_strdup(base_text);

    (void)state;
    strchr(strstr(nul, "Head"), 'a')[0] = '\0';
    check_codes("nothing is no alert", "", 0, CAP_1_0, "not-xml");
    check_codes("compressed is no XML", gzip, sizeof gzip, CAP_1_0, "not-xml");
    check_codes("JSON is no XML", "{}", 2, CAP_1_0, "not-xml");
    check_codes("UTF-16 is read", utf16, len, CAP_1_0, "");
    check_codes("half of UTF-16 is refused", utf16, len / 2, CAP_1_0, "truncated");
    check_codes("ISO-8859-1 is read", latin_text, strlen(latin_text), CAP_1_0, "");
    check_codes("NUL is refused", nul, sizeof base_text - 1, CAP_1_0, "not-well-formed");
}

static void test_oldest(void **state)
{
    g_autofree char *old = changed(NS12, "urn:oasis:names:tc:emergency:cap:1.1");

    (void)state;
    check_codes("CAP 1.1 where 1.1 is the oldest", old, strlen(old), CAP_1_1, "");
    check_codes("CAP 1.1 where 1.2 is the oldest", old, strlen(old), CAP_1_2,
                "version-not-accepted");
}

static char *repeated(const char *piece, size_t times)
{
    GString *out = g_string_sized_new(strlen(piece) * times);

    for (size_t i = 0; i < times; i++)
        g_string_append(out, piece);
    return g_string_free(out, FALSE);
}

static const struct ceiling {
    const char *name, *from, *before, *piece;
    size_t times;
    const char *after, *want;
} ceilings[] = {
    { "a description of 64 KiB is read", "Text", "", "A", 65536, "", "" },
    { "a longer one is refused", "Text", "", "A", 65537, "", "too-long" },
    { "3 MB of description are refused", "Text", "", "A", 3000000, "", "too-long" },
    { "an audio file of 459 KB is read", "<area>",
      "<resource><resourceDesc>Audio</resourceDesc><mimeType>audio/x-ipaws-audio-mp3</mimeType>"
      "<derefUri>",
      "QUJD", 115000, "</derefUri></resource><area>", "" },
    { "a document of more than 5 MB is refused", "Text", "", "A", 5 * 1024 * 1024, "", "too-long" },
    { "a thousand references are read", "<msgType>Alert</msgType><scope>Public</scope>", UPDATE,
      "a@b,I," SENT " ", 1000, "</references>", "" },
    { "more are refused", "<msgType>Alert</msgType><scope>Public</scope>", UPDATE,
      "a@b,I," SENT " ", 1001, "</references>", "too-many-elements" },
    { "elements within elements are refused when too deep", "<info>", "",
      "<x xmlns=\"urn:example\">", 40, "", "too-deep ~foreign-element" },
    { "a great many elements are read", "<area>", "", "<category>Met</category>", 180000, "<area>",
      "~element-order" },
    { "elements without end are refused", "</area>", "", "<circle/>", 300000, "</area>",
      "too-many-elements ~empty-geometry ~too-many-faults" },
    { "faults without end are counted to an end", "<category>Security</category>", "",
      "<category>War</category>", 1000, "", "not-one-of too-many-faults" },
};

static void test_ceilings(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ceilings); i++) {
        const struct ceiling *c = &ceilings[i];
        g_autofree char *many = repeated(c->piece, c->times);
        g_autofree char *middle = g_strconcat(c->before, many, c->after, NULL);
        g_autofree char *text = changed(c->from, middle);
        check_codes(c->name, text, strlen(text), CAP_1_0, c->want);
    }
}

static void test_every_element_is_kept(void **state)
{
    g_autofree char *text = NULL;
    gsize len;
    struct faults *f = faults_new();

    (void)state;
    assert_true(g_file_get_contents(SOURCE_DIR "/tests/golden/cap/good-every-element.xml", &text,
                                    &len, NULL));
    struct cap_alert *a = cap_read(text, len, CAP_1_2, f);
    assert_non_null(a);
    assert_string_equal(a->source, "Watch officer");
    assert_string_equal(a->restriction, "Liaison representatives");
    assert_string_equal(a->addresses->pdata[1], "Second floor");
    assert_string_equal(a->codes->pdata[1], "profile:two words");
    assert_string_equal(a->incidents->pdata[0], "Big storm");
    const struct cap_reference *r = a->references->pdata[1];
    assert_string_equal(r->identifier, "PLD-0");
    assert_int_equal(r->sent.ms, INT64_C(1795444200000));
    const struct cap_info *i = a->infos->pdata[0];
    assert_string_equal(i->responses->pdata[1], "AllClear");
    assert_string_equal(i->audience, "Missions");
    assert_string_equal(((struct cap_pair *)i->event_codes->pdata[0])->value, "CEM");
    assert_true(i->onset.ms > i->effective.ms && i->expires.ms > i->onset.ms);
    assert_string_equal(i->web, "https://dss.example/a?b=1&c=2");
    assert_string_equal(((struct cap_resource *)i->resources->pdata[0])->digest,
                        "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    const struct cap_area *area = i->areas->pdata[1];
    assert_string_equal(area->ceiling, "9842.5");
    assert_string_equal(area->polygons->pdata[1], "41,-88 42,-88 42,-87 41,-88");
    cap_alert_free(a);
    faults_free(f);
}

static void test_values_of_1_0(void **state)
{
    g_autofree char *older = changed(NS12, "http://www.incident.com/cap/1.0");
    g_auto(GStrv) parts = g_strsplit(older, CIRCLE, 2);
    g_autofree char *text =
        g_strconcat(parts[0], "<geocode> fips6 = 017031 </geocode>", parts[1], NULL);
    struct faults *f = faults_new();

    (void)state;
    struct cap_alert *a = cap_read(text, strlen(text), CAP_1_0, f);
    assert_non_null(a);
    const struct cap_area *area = ((struct cap_info *)a->infos->pdata[0])->areas->pdata[0];
    assert_string_equal(((struct cap_pair *)area->geocodes->pdata[0])->name, "fips6");
    assert_string_equal(((struct cap_pair *)area->geocodes->pdata[0])->value, "017031");
    cap_alert_free(a);
    faults_free(f);
}

static void test_place_of_a_fault(void **state)
{
    g_autofree char *text = changed(CIRCLE, CIRCLE "\n  <circle>x</circle>");
    struct faults *f = faults_new();

    (void)state;
    assert_null(cap_read(text, strlen(text), CAP_1_2, f));
    assert_string_equal(((struct fault *)f->errors->pdata[0])->place,
                        "3:3 /alert/info[1]/area[1]/circle[2]");
    faults_free(f);
}

static void test_codes_are_sorted(void **state)
{
    (void)state;
    for (const struct cap_code *c = cap_codes; c[1].code; c++)
        assert_true(strcmp(c[0].code, c[1].code) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_oldest),
        cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_every_element_is_kept),
        cmocka_unit_test(test_values_of_1_0),
        cmocka_unit_test(test_place_of_a_fault),
        cmocka_unit_test(test_codes_are_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

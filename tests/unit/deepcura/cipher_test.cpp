// The fact sheet's conformance vectors (gridhook sheet 3.6), payloads of other programs' making, and everything that can be
// wrong with a payload.
#include "deepcura/cipher.hpp"

#include "base/encoding.hpp"
#include "base/repair.hpp"
#include "deepcura/envelope.hpp"
#include "deepcura/gridhook.hpp"
#include "deepcura/probe.hpp"
#include "simulator/scribe_cipher.hpp"
#include "support/child_process.hpp"

#include <boost/crc.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace dcs::deepcura {
namespace {

constexpr std::string_view secret = "test-secret-not-real";
constexpr std::string_view plain = R"({"session_id":"t-1","session_date":"2024-02-05"})";

struct Vector {
    Scheme scheme;
    std::string_view wire;
};
constexpr std::array vectors{
    Vector{Scheme::scrypt_zero_iv,
           "gfDSgJxEhGr2Tn+JP8icnESIyVV9PcNQYLPZvO/JxvYUO7Wm+swkhc7SLjz5gzUoHEKaD7A0sPQPacSbKOG5sA=="},
    Vector{
        Scheme::sha256_iv_prefix,
        "AAECAwQFBgcICQoLDA0ODyw7kiFLyKx/jpNb3XkLtml0OK1e3/uxe/tpHa6/9PGQgFeYL7Vy9QVD9/SRUbUG5iTF8yzisnAnWosXsow3Ukg="},
    Vector{
        Scheme::cryptojs,
        "U2FsdGVkX18BAgMEBQYHCCJU1bK9AwRzTv+xJ6rH2lyAQ72vX1Xap73IJ5WLipNaeo6xmAdt6jACN/2EzIuS6juV9EEyBRZNYqvfLemQdJo="},
    Vector{Scheme::aes_gcm,
           "AAECAwQFBgcICQoLsw6RA6ecZHE0SJOdVisqC7l7SEGJxKM45PqjHQ2lv9mcFh5ZCV/JEkOmb2E+2MBSZenLzgv0rlhOYv9J1bYCOQ=="},
};

Cipher cipher(Scheme scheme, std::string_view key = secret, std::string_view previous = {}) {
    return {scheme, std::string{key}, std::string{previous}};
}

simulator::Scheme senders(Scheme scheme) { return *simulator::scheme_of(name_of(scheme)); }

std::string sealed(Scheme scheme, std::string_view text, std::string_view key = secret) {
    return simulator::encrypt(senders(scheme), key, text);
}

/// A payload long enough that a wrong IV leaves most of it readable.
std::string long_payload() { return R"({"session_id":"t-2","transcript":")" + std::string(400, 'x') + R"("})"; }

TEST(Cipher, OpensTheConformanceVectors) {
    for (const auto& [scheme, wire] : vectors) {
        const auto opened = cipher(scheme).open(wire);
        ASSERT_TRUE(opened.has_value()) << name_of(scheme);
        EXPECT_EQ(opened->bytes, plain);
        EXPECT_FALSE(opened->previous);
    }
}

class EveryScheme : public testing::TestWithParam<Scheme> {};
INSTANTIATE_TEST_SUITE_P(Schemes, EveryScheme, testing::ValuesIn(all_schemes().begin(), all_schemes().end()),
                         [](const auto& of) {
                             std::string name{name_of(of.param)};
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

TEST_P(EveryScheme, OpensWhatItsSenderSealed) {
    for (const auto& text : {std::string{plain}, long_payload(), std::string{"{}"}}) {
        const auto opened = cipher(GetParam()).open(sealed(GetParam(), text));
        ASSERT_TRUE(opened.has_value());
        EXPECT_EQ(opened->bytes, text);
    }
}

TEST_P(EveryScheme, TakesThePreviousSecretWhileRotating) {
    const auto rotating = cipher(GetParam(), "the new secret", secret);
    const auto opened = rotating.open(sealed(GetParam(), plain));
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(opened->previous);
    EXPECT_FALSE(rotating.open(sealed(GetParam(), plain, "the new secret"))->previous);
}

TEST_P(EveryScheme, OpensNothingWithAWrongKey) {
    const auto wire = sealed(GetParam(), long_payload());
    for (int round = 0;
         round < (GetParam() == Scheme::scrypt_zero_iv || GetParam() == Scheme::scrypt_iv_prefix ? 3 : 600); ++round)
        EXPECT_FALSE(cipher(GetParam(), "wrong " + std::to_string(round)).open(wire).has_value());
    EXPECT_FALSE(cipher(GetParam(), "", "").open(wire).has_value()) << "no secret, no key";
}

TEST_P(EveryScheme, OpensNothingWithAWrongIv) {
    auto bytes = *from_base64(sealed(GetParam(), long_payload()));
    // Where the IV, nonce or salt stands; a zero IV has no place, its first block stands for it.
    bytes[GetParam() == Scheme::cryptojs ? 9 : 0] =
        static_cast<char>(bytes[GetParam() == Scheme::cryptojs ? 9 : 0] ^ 0x40);
    EXPECT_FALSE(cipher(GetParam()).open(to_base64(bytes)).has_value());
}

TEST_P(EveryScheme, OpensNothingThatWasCutOff) {
    const auto bytes = *from_base64(sealed(GetParam(), long_payload()));
    const auto one = cipher(GetParam());
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(one.open(to_base64(bytes.substr(0, length))).has_value()) << length;
}

TEST_P(EveryScheme, NeverGivesJsonThatIsNoObjectNorText) {
    const auto one = cipher(GetParam());
    for (const std::string text :
         {"", "null", "[]", "\"text\"", "1", "{", "{\"a\":\"\xff\"}", "{\"a\":1}x", "not json"})
        EXPECT_FALSE(one.open(sealed(GetParam(), text)).has_value()) << text;
}

TEST_P(EveryScheme, OneFlippedBitNeverCrashesAndNeverPassesAsTheSameText) {
    const auto bytes = *from_base64(sealed(GetParam(), long_payload()));
    const auto one = cipher(GetParam());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        const auto opened = one.open(to_base64(flipped));
        if (GetParam() == Scheme::aes_gcm) {
            EXPECT_FALSE(opened.has_value()) << at;
        } else if (opened) {
            EXPECT_NE(opened->bytes, long_payload()) << at;
        }
    }
}

TEST_P(EveryScheme, AllFailuresAreOneAndTheSame) {
    const auto one = cipher(GetParam());
    const auto good = sealed(GetParam(), long_payload());
    const auto detail = one.open("not base64").error().detail;
    for (const auto& wire : {std::string{}, good.substr(0, 24), sealed(GetParam(), "not json"),
                             sealed(GetParam(), "[]"), sealed(GetParam(), long_payload(), "another"), "=" + good})
        EXPECT_EQ(one.open(wire).error().detail, detail);
}

TEST(Cipher, TakesBase64AsSendersWriteIt) {
    const auto wire = sealed(Scheme::scrypt_zero_iv, long_payload());
    const auto one = cipher(Scheme::scrypt_zero_iv);
    ASSERT_TRUE(one.open(wire).has_value());
    auto url_safe = wire;
    std::ranges::replace(url_safe, '+', '-');
    std::ranges::replace(url_safe, '/', '_');
    auto unpadded = url_safe;
    while (unpadded.ends_with('=')) unpadded.pop_back();
    std::string in_lines;
    for (std::size_t at = 0; at < wire.size(); at += 64) in_lines += wire.substr(at, 64) + "\r\n";
    for (const auto& each : {wire + "\n", " " + wire, in_lines, url_safe, unpadded, "data:text/plain;base64," + wire})
        EXPECT_TRUE(one.open(each).has_value()) << each.substr(0, 80);
    for (const auto& bad : {wire + "==", "=" + wire, wire.substr(0, 10) + "!" + wire.substr(10)})
        EXPECT_FALSE(one.open(bad).has_value());
}

TEST(Cipher, EverySchemeTakesHexToo) {
    for (const auto scheme : all_schemes())
        EXPECT_TRUE(cipher(scheme).open(to_hex(*from_base64(sealed(scheme, plain)))).has_value()) << name_of(scheme);
}

/// `text` in one stored block of gzip; the checksum is that of zlib's crc32().
std::string stored_gzip(const std::string& text) {
    const auto little = [](std::uint32_t value, int bytes) {
        std::string out;
        for (int at = 0; at < bytes; ++at) out += static_cast<char>(value >> (8 * at) & 0xFF);
        return out;
    };
    boost::crc_32_type sum;
    sum.process_bytes(text.data(), text.size());
    const auto size = static_cast<std::uint32_t>(text.size());
    return std::string{"\x1f\x8b\x08\0\0\0\0\0\0\x03", 10} + '\x01' + little(size, 2) + little(~size & 0xFFFF, 2) +
           text + little(sum.checksum(), 4) + little(size, 4);
}

TEST(Envelope, IsTakenOffWhateverItIs) {
    const std::string text{R"({"session_id":"t-1","session_date":"2026-10-05"})"};
    const auto one = cipher(Scheme::scrypt_zero_iv);
    const auto quoted = json_quoted(text);
    for (const auto& wrapped :
         {"\xEF\xBB\xBF" + text, quoted, json_quoted(quoted), "[" + text + "]", "```json\n" + text + "\n```",
          stored_gzip(text), std::string{R"({"session_id":"t-1","score":NaN,"session_date":"2026-10-05"})"}}) {
        const auto opened = one.open(sealed(Scheme::scrypt_zero_iv, wrapped));
        ASSERT_TRUE(opened.has_value()) << wrapped;
        EXPECT_EQ(opened->payload.find("session_id")->string(), "t-1") << wrapped;
        EXPECT_EQ(opened->bytes, wrapped) << "the bytes stay as they came";
    }
    for (const std::string inside : {R"([{"a":1},{"b":2}])", "[]", "7", R"("text")"})
        EXPECT_FALSE(one.open(sealed(Scheme::scrypt_zero_iv, inside)).has_value()) << inside;
}

TEST(Envelope, OfTheBodyIsTakenOffToo) {
    const auto one = cipher(Scheme::scrypt_zero_iv);
    const auto wire = sealed(Scheme::scrypt_zero_iv, R"({"session_id":"t-1"})");
    const auto body = R"({"encrypted_payload":")" + wire + R"("})";
    for (const auto& given : {body, "\xEF\xBB\xBF" + body, json_quoted(body), "[" + body + "]", stored_gzip(body), wire,
                              json_quoted(wire), R"({"data":{"encryptedPayload":")" + wire + R"("}})"}) {
        const auto read = read_gridhook(one, given, {});
        ASSERT_TRUE(read.has_value()) << given.substr(0, 60);
        EXPECT_EQ(read->note.session_id, "t-1");
    }
}

TEST(Envelope, GzipIsBounded) {
    const std::string text(100'000, 'a');
    EXPECT_EQ(gunzip(stored_gzip(text.substr(0, 60'000)), 60'001).value(), text.substr(0, 60'000));
    EXPECT_FALSE(gunzip(stored_gzip(text.substr(0, 60'000)), 10'000).has_value());
    auto damaged = stored_gzip("abc");
    damaged[16] ^= 1;
    EXPECT_FALSE(gunzip(damaged, 1'000).has_value());
    for (std::size_t length = 0; length < damaged.size(); ++length)
        EXPECT_FALSE(gunzip(stored_gzip("abc").substr(0, length), 1'000).has_value()) << length;
}

TEST(Cipher, SchemesHaveTheNamesOfTheSetting) {
    for (const auto scheme : all_schemes()) EXPECT_EQ(scheme_of(name_of(scheme)), scheme);
    EXPECT_EQ(scheme_of("none"), Scheme::none);
    EXPECT_EQ(scheme_of("rot13"), std::nullopt);
}

/// What a program of others' writes to standard output.
std::string output_of(std::vector<std::string> argv) {
    test::ChildProcess child{{.argv = std::move(argv)}};
    EXPECT_EQ(child.wait(std::chrono::seconds{30}), 0) << child.output();
    auto text = child.output();
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

TEST(Cipher, OpensWhatNodeSealed) {
    // As a sender's snippet would: Node's own crypto, nothing of ours.
    constexpr auto script = R"js(
const c = require('crypto'); const [, scheme, secret, text] = process.argv;
const cbc = (key, iv) => { const e = c.createCipheriv('aes-256-cbc', key, iv); return Buffer.concat([e.update(text, 'utf8'), e.final()]); };
const sha = () => c.createHash('sha256').update(secret).digest(), scr = () => c.scryptSync(secret, 'salt', 32), iv = c.randomBytes(16);
const md5 = (salt) => { let d = Buffer.alloc(0), all = d; while (all.length < 48) { d = c.createHash('md5').update(Buffer.concat([d, Buffer.from(secret), salt])).digest(); all = Buffer.concat([all, d]); } return all; };
const made = { 'scrypt-zero-iv': () => cbc(scr(), Buffer.alloc(16)), 'scrypt-iv-prefix': () => Buffer.concat([iv, cbc(scr(), iv)]),
  'sha256-iv-prefix': () => Buffer.concat([iv, cbc(sha(), iv)]),
  'cryptojs': () => { const salt = c.randomBytes(8), k = md5(salt); return Buffer.concat([Buffer.from('Salted__'), salt, cbc(k.subarray(0, 32), k.subarray(32, 48))]); },
  'aes-gcm': () => { const n = c.randomBytes(12), e = c.createCipheriv('aes-256-gcm', sha(), n); return Buffer.concat([n, e.update(text, 'utf8'), e.final(), e.getAuthTag()]); } };
console.log(made[scheme]().toString('base64'));)js";
    const std::string text = R"({"note":"été 漢字 😀","session_id":7})";
    for (const auto scheme : all_schemes()) {
        const auto wire = output_of({"node", "-e", script, std::string{name_of(scheme)}, std::string{secret}, text});
        const auto opened = cipher(scheme).open(wire);
        ASSERT_TRUE(opened.has_value()) << name_of(scheme) << wire;
        EXPECT_EQ(opened->bytes, text);
    }
}

TEST(Cipher, OpensWhatTheOpensslCommandSealed) {
    const auto file = testing::TempDir() + "gridhook-plain.json";
    std::ofstream{file} << plain;
    const auto cbc = [&](const std::string& key, const std::string& iv) {
        return output_of({"openssl", "enc", "-aes-256-cbc", "-K", key, "-iv", iv, "-in", file, "-base64", "-A"});
    };
    const std::string scrypt_key = "fe1db480e271f2c74c370b11a78d8906b41dc08be9408ed1065a6c421218f181";
    const std::string sha_key = "0c79cab4310324ecc13bd5a258f049b06ef2a4aee8e993922f4c7320743b8ceb";
    const std::string iv = "0f0e0d0c0b0a09080706050403020100";
    const auto behind_iv = [&](const std::string& wire) { return to_base64(*from_hex(iv) + *from_base64(wire)); };
    EXPECT_EQ(cipher(Scheme::scrypt_zero_iv).open(cbc(scrypt_key, std::string(32, '0')))->bytes, plain);
    EXPECT_EQ(cipher(Scheme::scrypt_iv_prefix).open(behind_iv(cbc(scrypt_key, iv)))->bytes, plain);
    EXPECT_EQ(cipher(Scheme::sha256_iv_prefix).open(behind_iv(cbc(sha_key, iv)))->bytes, plain);
    const auto salted = output_of({"openssl", "enc", "-aes-256-cbc", "-md", "md5", "-pass",
                                   "pass:" + std::string{secret}, "-in", file, "-base64", "-A"});
    // openssl warns of this old key derivation on the same output; the last line is the text.
    EXPECT_EQ(cipher(Scheme::cryptojs).open(salted.substr(salted.rfind('\n') + 1))->bytes, plain);
}

TEST(CipherText, IsFoundUnderTheSpellingsOfTheFactSheet) {
    const auto in = [](std::string_view body) -> std::optional<std::string> {
        const auto document = Document::parse(body).value().value;
        const auto found = cipher_text_in(document);
        return found ? std::optional{std::string{*found}} : std::nullopt;
    };
    for (const auto* name : {"encrypted_payload", "encryptedPayload", "payload", "data", "ciphertext"})
        EXPECT_EQ(in(std::string{R"({"id":1,")"} + name + R"(":"abc"})"), "abc") << name;
    EXPECT_EQ(in(R"({"payload":{"a":1},"data":"abc"})"), "abc") << "a wrong type is passed over";
    EXPECT_EQ(in(R"({"other":"abc"})"), std::nullopt);
    EXPECT_EQ(in(R"(["abc"])"), std::nullopt);
}

std::string body_of(std::string_view wire) { return R"({"encrypted_payload":")" + std::string{wire} + R"("})"; }

TEST(Gridhook, TheSameContentHasOneHashWhateverItsCiphertext) {
    const auto hash = [](Scheme scheme, std::string_view text) {
        return read_gridhook(cipher(scheme), body_of(sealed(scheme, text)), {})->content_sha256;
    };
    const auto one = hash(Scheme::scrypt_zero_iv, R"({"a":1,"b":"x"})");
    EXPECT_EQ(hash(Scheme::cryptojs, R"({ "b" : "x", "a":1 })"), one);
    EXPECT_NE(hash(Scheme::cryptojs, R"({"b":"y","a":1})"), one);
}

TEST(Gridhook, WhatADatabaseCannotHoldSurvivesInTheBytes) {
    const std::string text = "{\"transcript\":\"a\\u0000b \\ud800 c\",\"session_id\":\"s\"}";
    const auto read = read_gridhook(cipher(Scheme::aes_gcm), body_of(sealed(Scheme::aes_gcm, text)), {});
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->bytes, text);
    EXPECT_EQ(read->raw.find("\\u0000"), std::string::npos);
    const auto replaced = read_gridhook(
        cipher(Scheme::aes_gcm),
        body_of(sealed(Scheme::aes_gcm, "{\"transcript\":\"a\\ufffdb \\ufffd c\",\"session_id\":\"s\"}")), {});
    EXPECT_NE(read->content_sha256, replaced->content_sha256) << "what was replaced is not the same content";
}

/// What stands around it is no part of it, and a form feed is a blank for us and none in JSON: what is stored is JSON all the same.
TEST(Gridhook, WhatStandsAroundThePayloadKeepsNoneFromBeingStored) {
    const Cipher open{Scheme::none, "", ""};
    const std::string nothing(1, '\0');
    for (const std::string before : {"", "\f", "\v", "\xEF\xBB\xBF", " \n\t", "\n\f "})
        for (const std::string& behind : {std::string{}, std::string{"\f"}, std::string{"\v\n"}, nothing}) {
            const auto read = read_gridhook(open, before + R"({"session_id":"s"})" + behind, {});
            ASSERT_TRUE(read) << before << behind;
            EXPECT_FALSE(repair_json(read->raw)) << before << behind;
            EXPECT_TRUE(Document::parse(read->raw)) << before << behind;
        }
}

TEST(Gridhook, OmittedMembersAreInNothingThatIsStored) {
    const std::vector<std::string> omit{"ssn"};
    const auto read =
        read_gridhook(cipher(Scheme::aes_gcm),
                      body_of(sealed(Scheme::aes_gcm, R"({"patient":{"ssn":"000-00-0000"},"session_id":"s"})")), omit);
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(read->omitted);
    EXPECT_EQ((read->raw + read->bytes).find("000-00"), std::string::npos);
}

TEST(Gridhook, TellsABodyThatIsNoJsonFromOneThatDoesNotOpen) {
    const auto one = cipher(Scheme::aes_gcm);
    EXPECT_EQ(read_gridhook(one, "not json", {}).error().fault, Fault::bad_input);
    for (const auto* body :
         {"{}", "[]", R"({"encrypted_payload":7})", R"({"encrypted_payload":"AAAA"})", R"({"session_id":"plain"})"})
        EXPECT_EQ(read_gridhook(one, body, {}).error().fault, Fault::unauthorized) << body;
    EXPECT_TRUE(read_gridhook(Cipher{Scheme::none, "", ""}, R"({"session_id":"plain"})", {}).has_value());
}

TEST(Probe, FindsSchemeAndSecretOfEveryVector) {
    for (const auto& [scheme, wire] : vectors) {
        for (const auto& captured : {body_of(wire), std::string{wire}, std::string{wire} + "\n"}) {
            const auto found = probe(captured, "another secret", std::string{secret});
            std::vector<std::string> fits;
            for (const auto& trial : found.trials)
                if (trial.fit == Fit::fits) {
                    fits.emplace_back(name_of(trial.scheme));
                    EXPECT_TRUE(trial.previous);
                    EXPECT_EQ(trial.plain, plain);
                } else {
                    EXPECT_EQ(trial.plain, "");
                }
            EXPECT_EQ(fits, std::vector<std::string>{std::string{name_of(scheme)}});
        }
    }
}

Fit fit_of(const Probe& probe, Scheme scheme) { return std::ranges::find(probe.trials, scheme, &Trial::scheme)->fit; }

TEST(Probe, TellsAWrongIvFromAWrongKey) {
    const auto wire = sealed(Scheme::scrypt_iv_prefix, long_payload());
    EXPECT_EQ(fit_of(probe(wire, std::string{secret}, ""), Scheme::scrypt_zero_iv), Fit::wrong_iv);
    EXPECT_EQ(fit_of(probe(wire, "another", ""), Scheme::scrypt_zero_iv), Fit::wrong_key);
    EXPECT_EQ(fit_of(probe(wire, std::string{secret}, ""), Scheme::sha256_iv_prefix), Fit::wrong_key);
    EXPECT_EQ(fit_of(probe(wire, std::string{secret}, ""), Scheme::cryptojs), Fit::other_form);
}

TEST(Probe, TellsARightKeyFromWhatIsInside) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"([{"a":1},{"b":2}])", "JSON, but a list of 2"},
        {"7777", "JSON, but a number"},
        {"session: t-1, all is well", "text that is not JSON"}};
    for (const auto& [inside, said] : cases) {
        const auto found = probe(sealed(Scheme::scrypt_zero_iv, inside), std::string{secret}, "");
        EXPECT_EQ(fit_of(found, Scheme::scrypt_zero_iv), Fit::opens_otherwise) << inside;
        EXPECT_EQ(std::ranges::find(found.trials, Scheme::scrypt_zero_iv, &Trial::scheme)->inside, said);
    }
    const auto bom =
        probe(sealed(Scheme::scrypt_zero_iv, "\xEF\xBB\xBF" + std::string{plain}), std::string{secret}, "");
    EXPECT_EQ(fit_of(bom, Scheme::scrypt_zero_iv), Fit::fits);
}

TEST(Probe, SaysWhatHoldsNoCiphertext) {
    EXPECT_TRUE(probe(R"({"session_id":"plain"})", std::string{secret}, "").trials.empty());
    EXPECT_NE(probe("00ff:00ff", std::string{secret}, "").hint.find(':'), std::string::npos);
}

}  // namespace
}  // namespace dcs::deepcura

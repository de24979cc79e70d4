// The scribe's encryption: the fact sheet's vectors, and other programs' decryption of it.
#include "simulator/scribe_cipher.hpp"

#include "base/encoding.hpp"
#include "support/child_process.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

namespace dcs::simulator {
namespace {

constexpr std::string_view secret = "test-secret-not-real";
constexpr std::string_view plain = R"({"session_id":"t-1","session_date":"2024-02-05"})";
constexpr std::array encrypting{Scheme::scrypt_zero_iv, Scheme::scrypt_iv_prefix, Scheme::sha256_iv_prefix,
                                Scheme::cryptojs, Scheme::aes_gcm};

/// "\x00\x01\x02…": `count` bytes from `first` on.
std::string counting(std::size_t count, char first = 0) {
    std::string bytes(count, '\0');
    for (auto& byte : bytes) byte = first++;
    return bytes;
}

/// The `openssl` program: a stranger to our code.
class OpenSsl : public testing::Test {
protected:
    OpenSsl() { std::filesystem::create_directories(folder_); }
    ~OpenSsl() override { std::filesystem::remove_all(folder_); }

    std::string file(std::string_view name, std::string_view content) const {
        const auto path = folder_ / name;
        std::ofstream{path, std::ios::binary} << content;
        return path.string();
    }
    std::string run(std::vector<std::string> words) const {
        words.insert(words.begin() + 1, {"-out", (folder_ / "out").string()});
        words.insert(words.begin(), "openssl");
        test::ChildProcess child{{.argv = words}};
        EXPECT_EQ(child.wait(std::chrono::seconds{20}), 0) << child.output();
        std::ifstream made{folder_ / "out", std::ios::binary};
        return {std::istreambuf_iterator<char>{made}, {}};
    }
    std::string scrypt_key() const {
        return run({"kdf", "-keylen", "32", "-binary", "-kdfopt", "pass:" + std::string{secret}, "-kdfopt", "salt:salt",
                    "-kdfopt", "n:16384", "-kdfopt", "r:8", "-kdfopt", "p:1", "SCRYPT"});
    }
    std::string sha256_key() const { return run({"dgst", "-sha256", "-binary", file("secret", secret)}); }
    std::string decrypt(std::string_view key, std::string_view iv, std::string_view bytes) const {
        return run({"enc", "-d", "-aes-256-cbc", "-K", to_hex(key), "-iv", to_hex(iv), "-in", file("in", bytes)});
    }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("scribe_cipher_" + to_hex(counting(4)) + std::to_string(::getpid()));
};

/// AES-256-GCM by EVP, which the `openssl` program does not offer. Empty: the tag is wrong.
std::string open_gcm(std::string_view key, std::string_view bytes) {
    const auto in = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(),
                                                                                  &EVP_CIPHER_CTX_free};
    std::string tag{bytes.substr(bytes.size() - 16)};
    const auto text = bytes.substr(12, bytes.size() - 28);
    std::string opened(text.size(), '\0');
    auto* const out = reinterpret_cast<unsigned char*>(opened.data());
    int count = 0;
    EXPECT_EQ(EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), in(key), in(bytes), nullptr), 1);
    EXPECT_EQ(EVP_DecryptUpdate(context.get(), out, &count, in(text), static_cast<int>(text.size())), 1);
    EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, 16, tag.data()), 1);
    return EVP_DecryptFinal_ex(context.get(), out + count, &count) == 1 ? opened : "";
}

TEST(ScribeCipher, WritesTheFactSheetsVectors) {
    EXPECT_EQ(encrypt(Scheme::scrypt_zero_iv, secret, plain),
              "gfDSgJxEhGr2Tn+JP8icnESIyVV9PcNQYLPZvO/JxvYUO7Wm+swkhc7SLjz5gzUoHEKaD7A0sPQPacSbKOG5sA==");
    EXPECT_EQ(encrypt(Scheme::sha256_iv_prefix, secret, plain, counting(16)),
              "AAECAwQFBgcICQoLDA0ODyw7kiFLyKx/jpNb3XkLtml0OK1e3/uxe/tpHa6/9PGQgFeYL7Vy9QVD9/"
              "SRUbUG5iTF8yzisnAnWosXsow3Ukg=");
    EXPECT_EQ(encrypt(Scheme::cryptojs, secret, plain, counting(8, 1)),
              "U2FsdGVkX18BAgMEBQYHCCJU1bK9AwRzTv+xJ6rH2lyAQ72vX1Xap73IJ5WLipNaeo6xmAdt6jACN/"
              "2EzIuS6juV9EEyBRZNYqvfLemQdJo=");
    EXPECT_EQ(encrypt(Scheme::aes_gcm, secret, plain, counting(12)),
              "AAECAwQFBgcICQoLsw6RA6ecZHE0SJOdVisqC7l7SEGJxKM45PqjHQ2lv9mcFh5ZCV/"
              "JEkOmb2E+2MBSZenLzgv0rlhOYv9J1bYCOQ==");
    EXPECT_EQ(encrypt(Scheme::none, secret, plain), plain);
}

TEST_F(OpenSsl, OpensWhatHasAScryptKey) {
    const auto key = scrypt_key();
    EXPECT_EQ(to_hex(key), "fe1db480e271f2c74c370b11a78d8906b41dc08be9408ed1065a6c421218f181");
    const auto zero = from_base64(encrypt(Scheme::scrypt_zero_iv, secret, plain)).value();
    EXPECT_EQ(decrypt(key, std::string(16, '\0'), zero), plain);
    const auto prefixed = from_base64(encrypt(Scheme::scrypt_iv_prefix, secret, plain)).value();
    EXPECT_EQ(decrypt(key, prefixed.substr(0, 16), prefixed.substr(16)), plain);
    const auto hex = from_hex(encrypt(Scheme::scrypt_iv_prefix, secret, plain, {}, WireText::hex)).value();
    EXPECT_EQ(decrypt(key, hex.substr(0, 16), hex.substr(16)), plain);
}

TEST_F(OpenSsl, OpensWhatHasADigestAsKey) {
    const auto bytes = from_base64(encrypt(Scheme::sha256_iv_prefix, secret, plain)).value();
    EXPECT_EQ(decrypt(sha256_key(), bytes.substr(0, 16), bytes.substr(16)), plain);
}

TEST_F(OpenSsl, OpensWhatCryptoJsWouldSend) {
    const auto wire = encrypt(Scheme::cryptojs, secret, plain);
    EXPECT_TRUE(wire.starts_with("U2FsdGVkX1"));
    EXPECT_EQ(run({"enc", "-d", "-aes-256-cbc", "-md", "md5", "-pass", "file:" + file("secret", secret), "-a", "-A",
                   "-in", file("in", wire)}),
              plain);
}

TEST_F(OpenSsl, AgreesOnTheKeyOfGcm) {
    auto bytes = from_base64(encrypt(Scheme::aes_gcm, secret, plain)).value();
    EXPECT_EQ(open_gcm(sha256_key(), bytes), plain);
    bytes[20] ^= 1;
    EXPECT_EQ(open_gcm(sha256_key(), bytes), "");
}

TEST_F(OpenSsl, OpensLongTextsAndEmptyOnes) {
    const auto key = scrypt_key();
    for (const std::size_t size : {0U, 15U, 16U, 17U, 100'000U}) {
        const std::string text(size, 'x');
        const auto bytes = from_base64(encrypt(Scheme::scrypt_zero_iv, secret, text)).value();
        EXPECT_EQ(bytes.size() % 16, 0U);
        EXPECT_GT(bytes.size(), size);
        EXPECT_TRUE(decrypt(key, std::string(16, '\0'), bytes) == text) << size;
    }
}

TEST(ScribeCipher, IsFreshEachTimeButForTheZeroIv) {
    for (const auto scheme : encrypting) {
        std::set<std::string> wires;
        for (int turn = 0; turn < 5; ++turn) wires.insert(encrypt(scheme, secret, plain));
        EXPECT_EQ(wires.size(), scheme == Scheme::scrypt_zero_iv ? 1U : 5U) << scheme_name(scheme);
    }
}

TEST(ScribeCipher, HasAnotherKeyForAnotherSecret) {
    for (const auto scheme : encrypting) {
        const auto random = counting(random_bytes_of(scheme));
        EXPECT_NE(encrypt(scheme, "another", plain, random), encrypt(scheme, secret, plain, random))
            << scheme_name(scheme);
    }
}

TEST(ScribeCipher, KnowsItsNames) {
    for (const auto scheme : encrypting) EXPECT_EQ(scheme_of(scheme_name(scheme)), scheme);
    EXPECT_EQ(scheme_of("none"), Scheme::none);
    EXPECT_EQ(scheme_name(Scheme::sha256_iv_prefix), "sha256-iv-prefix");
    EXPECT_FALSE(scheme_of("rot13"));
}

TEST(ScribeCipher, RefusesRandomnessOfAnotherLength) {
    EXPECT_THROW(encrypt(Scheme::aes_gcm, secret, plain, counting(16)), std::runtime_error);
}

}  // namespace
}  // namespace dcs::simulator

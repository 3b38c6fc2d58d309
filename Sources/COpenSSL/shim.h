// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0
#ifndef CERALACCA_COPENSSL_SHIM_H
#define CERALACCA_COPENSSL_SHIM_H
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

// What OpenSSL offers only as a macro or as an inline function, which Swift does not see.

/// A new RSA key of `bits` bits, to be freed by EVP_PKEY_free; NULL and the error queue on failure.
static inline EVP_PKEY *ceralacca_generate_rsa(unsigned int bits) { return EVP_RSA_gen(bits); }

/// A new key on P-256, to be freed by EVP_PKEY_free; NULL and the error queue on failure.
static inline EVP_PKEY *ceralacca_generate_p256(void) { return EVP_EC_gen("P-256"); }

/// The octets that a memory BIO holds; they belong to the BIO.
static inline long ceralacca_memory_of(BIO *bio, const unsigned char **octets) {
    return BIO_get_mem_data(bio, (char **)octets);
}

/// Adds one extension, in the words of openssl.cnf, to a certificate that `issuer` will sign; 1 on success.
static inline int ceralacca_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return 0;
    int result = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return result;
}

/// A stack that holds no reference of its own to its certificates; free it by ceralacca_free_stack.
static inline STACK_OF(X509) *ceralacca_new_stack(void) { return sk_X509_new_null(); }
static inline int ceralacca_push(STACK_OF(X509) *stack, X509 *certificate) { return sk_X509_push(stack, certificate); }
static inline int ceralacca_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *ceralacca_element(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
static inline void ceralacca_free_stack(STACK_OF(X509) *stack) { sk_X509_free(stack); }

/// The first e-mail address of a certificate, copied into `buffer` with its NUL; its length, or -1 when there is none.
static inline int ceralacca_first_email(X509 *certificate, char *buffer, int capacity) {
    STACK_OF(OPENSSL_STRING) *addresses = X509_get1_email(certificate);
    if (addresses == NULL) return -1;
    int length = -1;
    if (sk_OPENSSL_STRING_num(addresses) > 0) {
        length = (int)OPENSSL_strlcpy(buffer, sk_OPENSSL_STRING_value(addresses, 0), (size_t)capacity);
        if (length >= capacity) length = -1;
    }
    X509_email_free(addresses);
    return length;
}

/// The first signer of a message: its information, which belongs to `cms`; NULL when nobody signed.
static inline CMS_SignerInfo *ceralacca_first_signer(CMS_ContentInfo *cms) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    return signers != NULL && sk_CMS_SignerInfo_num(signers) > 0 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
}

/// The signer at a place: its information, which belongs to `cms`; NULL when there is none.
static inline CMS_SignerInfo *ceralacca_signer(CMS_ContentInfo *cms, int place) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    return signers != NULL && place < sk_CMS_SignerInfo_num(signers) ? sk_CMS_SignerInfo_value(signers, place) : NULL;
}

/// Appends an address or a name with its NUL to the `used` octets of `buffer`, unless it is empty, too long for one, holds a NUL or has no room;
/// how many octets are used then.
static inline int ceralacca_keep_name(const ASN1_STRING *address, char *buffer, int capacity, int used) {
    int length = ASN1_STRING_length(address);
    const char *octets = (const char *)ASN1_STRING_get0_data(address);
    if (ASN1_STRING_type(address) != V_ASN1_IA5STRING || length <= 0 || length > 511 || length >= capacity - used) return used;
    if (strnlen(octets, (size_t)length) != (size_t)length) return used;
    memcpy(buffer + used, octets, (size_t)length);
    buffer[used + length] = 0;
    return used + length + 1;
}

/// Copies the e-mail addresses that a certificate names into `buffer`, one behind the other, each with its NUL: those of its subject alternative
/// names; where there is none, those of its subject. One walk, which ends after `maximum` of them; X509_get1_email compares each with all others,
/// and takes minutes where there are thousands. How many octets were written.
static inline int ceralacca_emails(X509 *certificate, int maximum, char *buffer, int capacity) {
    int used = 0, found = 0;
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int index = 0; names != NULL && found < maximum && index < sk_GENERAL_NAME_num(names); index++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type != GEN_EMAIL) continue;
        found++;
        used = ceralacca_keep_name(name->d.rfc822Name, buffer, capacity, used);
    }
    GENERAL_NAMES_free(names);
    if (found > 0) return used;
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int place = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, -1);
    for (; place >= 0 && found < maximum; found++) {
        used = ceralacca_keep_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)), buffer, capacity, used);
        place = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, place);
    }
    return used;
}

/// Copies the DNS names of a certificate, those of its subject alternative names alone, into `buffer`, one behind the other, each with its NUL; at
/// most `maximum` of them. How many octets were written.
static inline int ceralacca_dns_names(X509 *certificate, int maximum, char *buffer, int capacity) {
    int used = 0, found = 0;
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int index = 0; names != NULL && found < maximum && index < sk_GENERAL_NAME_num(names); index++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type != GEN_DNS) continue;
        found++;
        used = ceralacca_keep_name(name->d.dNSName, buffer, capacity, used);
    }
    GENERAL_NAMES_free(names);
    return used;
}

/// How many signers a message names.
static inline int ceralacca_signer_count(CMS_ContentInfo *cms) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    return signers == NULL ? 0 : sk_CMS_SignerInfo_num(signers);
}

/// When a signer says that it signed, in seconds since 1970; -1 when it does not say.
static inline long long ceralacca_signing_time(CMS_SignerInfo *signer) {
    int place = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
    if (place < 0) return -1;
    X509_ATTRIBUTE *attribute = CMS_signed_get_attr(signer, place);
    const ASN1_TYPE *value = attribute == NULL ? NULL : X509_ATTRIBUTE_get0_type(attribute, 0);
    if (value == NULL || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME)) return -1;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    int result = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, value->value.asn1_string) == 1;
    ASN1_TIME_free(epoch);
    return result ? days * 86400LL + seconds : -1;
}

/// Frees a stack and releases its certificates.
static inline void ceralacca_free_certificates(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }

/// Releases a chain of BIOs down to, and without, `last`.
static inline void ceralacca_free_chain(BIO *chain, BIO *last) {
    while (chain != NULL && chain != last) {
        BIO *next = BIO_pop(chain);
        BIO_free(chain);
        chain = next;
    }
}

/// Puts the digest of this identifier (NID) in front of `chain`, which it hands what is written on to; the new chain, NULL when the digest is not known.
static inline BIO *ceralacca_push_digest(BIO *chain, OSSL_LIB_CTX *context, int identifier) {
    const char *name = OBJ_nid2sn(identifier);
    EVP_MD *digest = name == NULL ? NULL : EVP_MD_fetch(context, name, NULL);
    BIO *filter = digest == NULL ? NULL : BIO_new(BIO_f_md());
    if (filter != NULL && BIO_set_md(filter, digest) <= 0) {
        BIO_free(filter);
        filter = NULL;
    }
    EVP_MD_free(digest);
    return filter == NULL ? NULL : BIO_push(filter, chain);
}

/// The numeric identifiers (NID) of a signer's digest and signature algorithms.
static inline int ceralacca_digest_of(CMS_SignerInfo *signer) {
    X509_ALGOR *digest = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    return digest == NULL ? NID_undef : OBJ_obj2nid(digest->algorithm);
}
static inline int ceralacca_signature_algorithm_of(CMS_SignerInfo *signer) {
    X509_ALGOR *signature = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, NULL, &signature);
    return signature == NULL ? NID_undef : OBJ_obj2nid(signature->algorithm);
}
#endif

// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A certificate authority of one test run and a server certificate, for `localhost` unless other names are given, made by the openssl command.
package struct CertificateAuthority: Sendable {
    /// The root in PEM.
    package let root: String
    /// The server's certificate in PEM.
    package let certificate: String
    /// The server's private key in PEM.
    package let key: String

    /// Makes both in `directory`; `names` as openssl.cnf has them in subjectAltName.
    package init(in directory: String, names subjects: String = "DNS:localhost,IP:127.0.0.1") throws(LabError) {
        try Files.makeDirectory(directory)
        root = "\(directory)/ca.pem"
        certificate = "\(directory)/server.pem"
        key = "\(directory)/server.key"
        let request = "\(directory)/server.csr"
        let names = "\(directory)/names"
        try Files.write("subjectAltName=\(subjects)\n", to: names)
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try Command.run(
            "openssl",
            ["req", "-x509"] + curve + ["-days", "30", "-keyout", "\(directory)/ca.key", "-out", root]
                + ["-subj", "/CN=Test CA \(UInt32.random(in: 0...UInt32.max))"]
        )
        try Command.run("openssl", ["req"] + curve + ["-keyout", key, "-out", request, "-subj", "/CN=localhost"])
        try Command.run(
            "openssl",
            ["x509", "-req", "-in", request, "-CA", root, "-CAkey", "\(directory)/ca.key", "-CAcreateserial"]
                + ["-days", "30", "-out", certificate, "-extfile", names]
        )
        try Command.run("chmod", ["644", key])
    }

    /// A further certificate of this authority, for a test's client or server.
    package struct Issued: Sendable {
        /// The certificate in PEM, without its chain.
        package let certificate: String
        /// Its private key in PEM.
        package let key: String
    }

    /// Issues a certificate `name` beside the others; `extensions` are lines as openssl.cnf has them, such as `subjectAltName=DNS:a.test` and
    /// `extendedKeyUsage=serverAuth`, `days` less than 1 for one that has expired.
    package func issue(
        _ name: String,
        subject: String = "/CN=localhost",
        extensions: [String] = [],
        days: Int = 30
    ) throws(LabError) -> Issued {
        let place = "\(root.dropLast("ca.pem".count))\(name)"
        try Files.write(extensions.map { "\($0)\n" }.joined(), to: "\(place).ext")
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try Command.run(
            "openssl",
            ["req"] + curve + ["-keyout", "\(place).key", "-out", "\(place).csr", "-subj", subject]
        )
        try Command.run(
            "openssl",
            ["x509", "-req", "-in", "\(place).csr", "-CA", root, "-CAkey", "\(root.dropLast("pem".count))key"]
                + ["-CAcreateserial", "-days", "\(days)", "-out", "\(place).pem", "-extfile", "\(place).ext"]
        )
        return Issued(certificate: "\(place).pem", key: "\(place).key")
    }

    /// The SHA-256 of the server's public key, in hexadecimal, as a TLSA record `3 1 1` has it.
    package func publicKeyDigest() throws(LabError) -> String {
        try Self.digest("openssl x509 -in '\(certificate)' -noout -pubkey | openssl pkey -pubin -outform DER")
    }

    /// The SHA-256 of the whole root, in hexadecimal, as a TLSA record `2 0 1` has it.
    package func rootDigest() throws(LabError) -> String {
        try Self.digest("openssl x509 -in '\(root)' -outform DER")
    }

    private static func digest(_ command: String) throws(LabError) -> String {
        let words = try Command.run("sh", ["-c", "\(command) | openssl dgst -sha256 -r"])
        return String(words.prefix { $0 != " " })
    }
}

// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A certificate authority of one test run and a server certificate for `localhost`, made by the openssl command.
package struct CertificateAuthority: Sendable {
    /// The root in PEM.
    package let root: String
    /// The server's certificate in PEM.
    package let certificate: String
    /// The server's private key in PEM.
    package let key: String

    /// Makes both in `directory`.
    package init(in directory: String) throws(LabError) {
        try Files.makeDirectory(directory)
        root = "\(directory)/ca.pem"
        certificate = "\(directory)/server.pem"
        key = "\(directory)/server.key"
        let request = "\(directory)/server.csr"
        let names = "\(directory)/names"
        try Files.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n", to: names)
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
}

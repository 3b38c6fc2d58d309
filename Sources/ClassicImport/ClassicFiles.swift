// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration

/// How the readers get at the files that other files name.
public struct ClassicFiles: Sendable {
    /// The octets of a file of at most 16 MiB; throws in words why it cannot be read.
    public var read: @Sendable (_ path: String) throws(ClassicFileError) -> [UInt8]
    /// The names of the files of a directory; none when it cannot be read.
    public var names: @Sendable (_ directory: String) -> [String]
    /// True when everybody on the machine may read or write the file.
    public var isOpenToOthers: @Sendable (_ path: String) -> Bool

    /// A way to files.
    public init(
        read: @escaping @Sendable (_ path: String) throws(ClassicFileError) -> [UInt8],
        names: @escaping @Sendable (_ directory: String) -> [String],
        isOpenToOthers: @escaping @Sendable (_ path: String) -> Bool
    ) {
        self.read = read
        self.names = names
        self.isOpenToOthers = isOpenToOthers
    }

    /// The same files, of which no more than so many octets are read, all together.
    func limited(to octets: Int) -> Self {
        let allowance = ReadingAllowance(octets: octets)
        var limited = self
        limited.read = { path throws(ClassicFileError) in try allowance.read(path, of: self) }
        return limited
    }

    /// The file as text; octets that are no UTF-8 count as Latin-1, as the old programs would send them.
    func text(_ path: String, limit: Int = .max) throws(ClassicFileError) -> String {
        // The system ends a name at a NUL, and would open another file.
        guard !path.utf8.contains(0) else { throw ClassicFileError("its name has a NUL in it") }
        let octets = try read(path)
        guard octets.count <= limit else { throw ClassicFileError("it is larger than \(limit) octets") }
        if let text = String(validating: octets, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
    }

    func exists(_ path: String) -> Bool {
        do {
            _ = try read(path)
            return true
        } catch { return false }
    }
}

/// Why a file could not be read, in words.
public struct ClassicFileError: Error, Hashable, Sendable {
    /// `there is no such file`.
    public var reason: String

    /// An error.
    public init(_ reason: String) { self.reason = reason }
}

/// Where paths lead.
enum FilePath {
    /// The path as seen from `directory`.
    static func absolute(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    /// The path without `//`, `/./` and a `/` at its end.
    static func plain(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// True for the roots that the system trusts anyway.
    static func isSystemBundle(_ path: String) -> Bool {
        [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-bundle.crt",
            "/etc/ssl/cert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        ].contains(path)
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmed: String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { " \t\r\n".unicodeScalars.contains(scalar) }
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    /// The lines, whatever ends them.
    var textLines: [String] {
        var lines: [String] = []
        for line in unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(String(line.last == "\r" ? line.dropLast() : line))
        }
        return lines
    }
}

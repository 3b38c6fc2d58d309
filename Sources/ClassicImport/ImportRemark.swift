// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Something that was not carried over as it stood, or that a person has to look at. It never shows a secret: values of files with
/// passwords are not quoted.
public struct ImportRemark: Hashable, Sendable {
    /// Where it stands.
    public var place: SourcePlace
    /// What is not carried over, or was assumed.
    public var message: String
    /// What to do.
    public var remedy: String

    /// A remark.
    public init(_ place: SourcePlace, _ message: String, _ remedy: String) {
        self.place = place
        self.message = message
        self.remedy = remedy
    }
}

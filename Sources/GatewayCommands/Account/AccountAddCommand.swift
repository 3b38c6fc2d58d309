// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import MailModel
internal import SecretsVault

/// `ceralacca account add [ADDRESS]`.
struct AccountAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add an account to the configuration, after trying it.",
        discussion:
            "On a terminal it asks for what is not given. Elsewhere the password is read from standard input, and what else is missing is "
            + "told. The trial logs in, reads the smallest message (nothing is deleted; by POP3 many servers show it as read afterwards), and "
            + "begins a submission that it takes back. An account that signs in (--client-id) is added without a trial: "
            + "`ceralacca account sign-in` tries it."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var answers: AccountAnswers
    @Flag(name: .long, help: "Do not ask whether it is right; it is added when the trial went well.") var yes = false
    @Flag(name: .long, help: "Add it without trying it.") var noTest = false
    @Flag(name: .long, help: "Have the running gateway use it at once, as `ceralacca reload` does.") var reload = false

    func validate() throws { try answers.check() }

    func run() async throws {
        let before = try options.load()
        let edit: ConfigurationEdit
        do throws(ConfigurationEditError) { edit = try ConfigurationEdit(options.path) } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
        let draft = try answers.draft(options, before)
        switch draft.password {
        case .vault(let name):
            try await options.withStore(makes: true) { _, store in
                try await add(draft, AccountPassword(.vault(name), before, store), edit)
            }
        case .file(let path): try await add(draft, AccountPassword(.file(path), before, nil), edit)
        case .environment(let name): try await add(draft, AccountPassword(.environment(name), before, nil), edit)
        case nil:
            if let name = draft.oauth?.clientSecret { try await checkSecret(name) }
            try await add(draft, nil, edit)
        }
        try await offerReload(before.state, signsIn: draft.oauth != nil)
    }

    /// Before the file names it: without it the changed configuration would be refused.
    private func checkSecret(_ name: SecretName) async throws {
        let isThere = try await options.withStore(makes: true) { _, store in try store.sealedSecret(name) != nil }
        guard isThere else {
            throw CommandFailure(
                "there is no secret \(name) in the vault",
                remedy: "Nothing was changed. Set it first: ceralacca secret set \(name)."
            )
        }
    }

    /// Adds it; `place` is nil for an account that signs in.
    private func add(
        _ draft: AccountAddition,
        _ place: AccountPassword?,
        _ edit: ConfigurationEdit
    ) async throws {
        let environment = CommandEnvironment.current
        let outcome = try addition(draft, to: edit)
        for remark in outcome.warnings {
            environment.warn("\(draft.provider): \(PlainText.line(remark.message)) (warning)")
        }
        let secret = try place?.secret(of: draft.address, asksTwice: noTest)
        let after = try ConfigurationFile.read(outcome.text, path: edit.path, checkingFiles: false).configuration
        let isTried = try await isTried(after, secret)
        if !isTried, !environment.isTerminal() {
            throw CommandFailure(
                "\(draft.address) was not added: the trial failed",
                remedy: "Nothing was changed. Correct what it says, or add the account without a trial: --no-test."
            )
        }
        guard try isWanted(isTried: isTried, draft, edit) else {
            throw CommandFailure("\(draft.address) was not added", remedy: "Nothing was changed.")
        }
        try await write(outcome.text, edit, place, secret)
        let end =
            draft.password.map { ", its password in the \($0)." }
            ?? ". `ceralacca account sign-in \(draft.address)` comes next: it gets the tokens, and tries the servers with them."
        try environment.print("\(draft.address) is in \(edit.path) now\(end)")
    }

    private func addition(
        _ draft: AccountAddition,
        to edit: ConfigurationEdit
    ) throws -> AccountAddition.Outcome {
        do throws(AccountAdditionError) { return try draft.added(to: edit.text, path: edit.path) } catch {
            if case .wrongConfiguration(let error) = error { throw error }
            throw CommandFailure("\(error)", remedy: "Nothing was changed.")
        }
    }

    /// - Returns: true when the account works, or is not tried.
    private func isTried(_ configuration: Configuration, _ secret: Secret?) async throws -> Bool {
        guard !noTest, let secret, let trial = AccountTrial(ofLastIn: configuration, password: secret) else {
            return true
        }
        let environment = CommandEnvironment.current
        return try await trial.run { step in
            let answer = PlainText.line(step.answer)
            try environment.print("\(step.isGood ? "ok    " : "FAILED") \(step.what) \(step.server): \(answer)")
        }
    }

    private func isWanted(isTried: Bool, _ draft: AccountAddition, _ edit: ConfigurationEdit) throws -> Bool {
        let environment = CommandEnvironment.current
        guard isTried else { return try Terminal.isYes("The trial failed. Add it all the same?", otherwise: false) }
        guard !yes, environment.isTerminal() else { return true }
        try environment.print(
            "It becomes:\n" + draft.lines().map { "    \(PlainText.line($0))" }.joined(separator: "\n")
        )
        return try Terminal.isYes("Add \(draft.address) (\(draft.provider)) to \(edit.path)?", otherwise: true)
    }

    /// The file is ready before the password is kept, and in its place behind that; whatever fails leaves both as they were.
    private func write(
        _ text: String,
        _ edit: ConfigurationEdit,
        _ place: AccountPassword?,
        _ secret: Secret?
    ) async throws {
        let staged: ConfigurationEdit.Staged
        do throws(ConfigurationEditError) { staged = try edit.stage(text) } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
        do { if let secret { try await place?.keep(secret) } } catch {
            staged.discard()
            throw error
        }
        do throws(ConfigurationEditError) {
            if let remark = try staged.commit() {
                // The new file is there, and names the password: that stays.
                CommandEnvironment.current.warn(
                    "ceralacca: \(edit.path) is replaced, but \(remark.message): after a power cut now, look whether the account is in it (warning)"
                )
            }
        } catch {
            staged.discard()
            await place?.takeBack()
            throw CommandFailure(error.message, remedy: error.remedy)
        }
    }

    /// An account that signs in is of no use to the gateway before: whether it shall use it is not asked.
    private func offerReload(_ state: String, signsIn: Bool) async throws {
        let environment = CommandEnvironment.current
        let isRunning = environment.runningGateway(state) != nil
        let isWanted =
            try reload
            || (isRunning && !yes && !signsIn && environment.isTerminal()
                && Terminal.isYes("Have the running gateway use it now?", otherwise: true))
        guard isWanted else {
            return try environment.print("`ceralacca reload` has the running gateway use it.")
        }
        try await ReloadCommand.reload(options)
    }
}

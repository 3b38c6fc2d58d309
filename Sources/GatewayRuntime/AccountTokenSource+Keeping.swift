// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import OAuthProtocol
import SASLMechanisms
import SecretsVault

/// What is done without a login: from time to time, at the end, and when another source takes the place.
extension AccountTokenSource {
    // MARK: From time to time

    /// True once after somebody has signed in, or mended what was wrong, since a person was asked to.
    func isMended() async -> Bool {
        guard waitsForPerson else { return false }
        do throws(CredentialError) { _ = try tokens() } catch { return false }
        guard failure == nil else { return false }
        waitsForPerson = false
        await parts.alerts.ended()
        return true
    }

    /// The configuration was read again: what was wrong may be mended, and is tried at once.
    ///
    /// - Returns: true when something was.
    func retry() -> Bool {
        (notBefore, pause) = (nil, RefreshPause())
        return failure != nil
    }

    // MARK: From one source to the next

    /// What could not be made durable, for the source that replaces this one; this one asks for no token any more.
    func handOver() async -> Unkept? {
        isOver = true
        await stop()
        guard let unkept, let pending else { return nil }
        (self.unkept, self.pending) = (nil, nil)
        return Unkept(tokens: unkept, former: pending)
    }

    /// Takes what the source left that this one replaces.
    func takeOver() async {
        guard let task = inheritance else { return }
        let left = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        guard inheritance != nil else { return }
        inheritance = nil
        if let left { (unkept, pending) = (left.tokens, left.former) }
        await save()
    }

    /// Waits for a request that is under way, and makes durable what is not.
    ///
    /// - Returns: true.
    @discardableResult
    func stop() async -> Bool {
        await takeOver()
        await renewalEnd()
        await save()
        return true
    }

    /// Uses a refresh token that would end for want of use, and tells of one that ends, and of a client secret that does.
    func round() async {
        let now = parts.clock.now()
        await save()
        do throws(CredentialError) {
            if try tokens()?.needsUse(now: now) == true { await renewOnce() }
            let tokens = try tokens()
            await parts.alerts.expiry(of: tokens, now: now)
            if tokens == nil, parts.oauth.client.grant != .clientCredentials, !waitsForPerson {
                await failed(failure ?? nobody)
            }
            // One that a gateway before this one began.
            if !waitsForPerson, failure == nil, try usable(.fresh) != nil { await parts.alerts.ended() }
        } catch {
            parts.logger.info(
                "tokens not looked after",
                metadata: ["account": "\(parts.address)", "error": "\(error)"]
            )
        }
        await parts.alerts.expiry(ofSecret: parts.oauth.clientSecretExpires, now: now)
    }
}

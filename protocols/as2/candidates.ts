import type { Certificate } from '../../certs/certificate.ts'
import type { ListenerServices, PartnerConnection } from '../listener.ts'
import type { LegacyAlgorithm } from './cms/algorithms.ts'
import type { MessageFacts } from './message-reader.ts'
import type { MimeQuirks } from './mime/entity.ts'
import { registeredAt } from './registered-certificates.ts'

/**
 * The connections whose names a message bears, the oldest first, nearly always one. Its signature
 * says whose it is: a certificate serves one connection (decisions C4).
 */
export class Candidates {
  readonly #connections: readonly PartnerConnection[]
  /** By the SHA-256 of a certificate. */
  readonly #owners = new Map<string, PartnerConnection>()
  /** Signature certificates of all of them, in their time. */
  readonly registered: readonly Certificate[]

  private constructor(
    connections: readonly PartnerConnection[],
    certificates: readonly (readonly Certificate[])[],
  ) {
    this.#connections = connections
    this.registered = certificates.flat()
    for (const [index, connection] of connections.entries()) {
      for (const { sha256 } of certificates[index] ?? []) {
        if (!this.#owners.has(sha256)) this.#owners.set(sha256, connection)
      }
    }
  }

  static async of(
    { certificatesOf, clock }: Pick<ListenerServices, 'certificatesOf' | 'clock'>,
    connections: readonly PartnerConnection[],
  ): Promise<Candidates> {
    const now = clock.now()
    const certificates = await Promise.all(
      connections.map(async ({ id }) => registeredAt(await certificatesOf(id), now)),
    )
    return new Candidates(connections, certificates)
  }

  /** What any of them allows: whose message it is, and whether that one does, is known at its end. */
  get legacy(): ReadonlySet<LegacyAlgorithm> {
    return new Set(this.#connections.flatMap(({ as2 }) => as2!.policy.legacy))
  }

  get quirks(): MimeQuirks {
    return {
      lfLineEnds: this.#connections.some(({ as2 }) => as2!.policy.lfLineEnds),
      barePayload: this.#connections.some(({ as2 }) => as2!.policy.barePayload),
    }
  }

  /**
   * Whose message it is, by the certificate of its signature; without one, the only connection that
   * takes unsigned messages.
   * @returns undefined when that cannot be told
   */
  ownerOf({ signature }: MessageFacts): PartnerConnection | undefined {
    if (signature !== undefined) return this.#owners.get(signature.certificate.sha256)
    const [only, ...others] = this.#connections
    if (others.length === 0) return only
    const [one, ...more] = this.#connections.filter(
      ({ as2 }) => as2!.policy.signature === 'optional',
    )
    return more.length === 0 ? one : undefined
  }
}

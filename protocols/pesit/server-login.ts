import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import type { Authenticate, DoorRefusal, ListenerServices, PartnerConnection } from '../listener.ts'
import { shownCertificate } from './client-certificate.ts'
import type { DiagnosticName } from './diagnostics.ts'
import type { ParameterValues } from './parameter-table.ts'

/** What CONNECT comes to. */
export type LoginDecision =
  | {
      readonly outcome: 'accepted'
      readonly connection: PartnerConnection
      /** What TLS says of the partner. */
      readonly facts: Readonly<Record<string, string>>
      /** Asks again whether this opens the connection (decisions E4). */
      readonly isStillAccepted: () => boolean
    }
  | {
      readonly outcome: 'refused'
      readonly diagnostic: DiagnosticName
      readonly code: RefusalCode
      /** For the operator. */
      readonly reason: string
      /** For the partner (PI 99): the same for all whose credential is not taken. */
      readonly text: string
      readonly offered: string
      readonly nearest?: NonNullable<DoorRefusal['nearest']>
    }

export interface LoginOrder {
  readonly services: Pick<ListenerServices, 'authenticate' | 'clock'>
  readonly settings: PesitSettings
  /** Absent on the listener without TLS. */
  readonly tls?: TLSSocket
  readonly peerHost: string
  readonly connect: ParameterValues
  /** Whether CONNECT asks for the security unit. */
  readonly wantsSecurity: boolean
}

/** PI 5: the present password, then a new one. */
const PASSWORD_CHARACTERS = 8
/** What strangers are told. */
export const REFUSED_TEXT = 'access refused'

/** Whose CONNECT it is. Nothing that is told says whether PI 3 exists (reference §12, §13.3). */
export function decideLogin(order: LoginOrder): LoginDecision {
  const { connect, settings, tls, services } = order
  const { requester = '', server = '', accessControl } = connect
  const shown = tls && shownCertificate(tls, services.clock.now())
  const offered = [
    `PI 3 ${requester}, PI 4 ${server}`,
    ...(shown === undefined ? [] : [`certificate ${shown.subject} ${shown.fingerprints.sha256}`]),
  ].join(', ')
  const refuse = (
    diagnostic: DiagnosticName,
    code: RefusalCode,
    reason: string,
    text: string,
  ): Extract<LoginDecision, { readonly outcome: 'refused' }> => ({
    outcome: 'refused',
    diagnostic,
    code,
    reason,
    text,
    offered,
  })

  if (order.wantsSecurity) {
    return refuse('3/318', 'PROTOCOL_REFUSED', 'PI 71 to 83 ask for security', 'no security unit')
  }
  if (!settings.identifiers.includes(server)) {
    const text = `${server} is unknown here`
    return refuse('3/301', 'CALLED_NAME_UNKNOWN', `PI 4 is ${server}`, text)
  }
  const password = accessControl?.slice(0, PASSWORD_CHARACTERS).trimEnd()
  const newPassword = accessControl?.slice(PASSWORD_CHARACTERS).trim() ?? ''
  const credential = {
    protocol: 'pesit',
    requesterId: requester,
    ...(shown === undefined ? {} : { certificate: shown.fingerprints }),
    ...(password === undefined || password === '' ? {} : { password }),
    peerAddress: order.peerHost,
  } as const
  const answer = authenticateIn(order, credential, shown?.fault)
  if (answer.outcome === 'refused') {
    const { reason, nearest } = answer
    const decision = refuse('3/304', 'CREDENTIAL_REFUSED', reason, REFUSED_TEXT)
    return nearest === undefined ? decision : { ...decision, nearest }
  }
  if (newPassword !== '') {
    const text = 'password change not allowed'
    return refuse('3/304', 'PROTOCOL_REFUSED', 'PI 5 has a new password', text)
  }
  const { connection } = answer
  return {
    outcome: 'accepted',
    connection,
    facts: tls === undefined ? {} : tlsFacts(tls, shown?.fingerprints.sha256 ?? ''),
    isStillAccepted: () => {
      const now = services.authenticate(credential)
      return now.outcome === 'accepted' && now.connection.id === connection.id
    },
  }
}

function authenticateIn(
  { tls, services }: LoginOrder,
  credential: Parameters<Authenticate>[0] & { readonly protocol: 'pesit' },
  chainFault: string | undefined,
): ReturnType<Authenticate> {
  const answer = services.authenticate(credential)
  if (tls === undefined) return answer
  if (credential.certificate === undefined) {
    return { outcome: 'refused', reason: 'no client certificate was shown' }
  }
  if (answer.outcome === 'accepted' && chainFault !== undefined) {
    return { outcome: 'refused', reason: `the chain of the client certificate: ${chainFault}` }
  }
  return answer
}

function tlsFacts(tls: TLSSocket, certificate: string): Record<string, string> {
  return {
    tls: tls.getProtocol() ?? '',
    cipher: tls.getCipher().name,
    resumed: String(tls.isSessionReused()),
    certificate,
  }
}

/** Unknown, wrong and inactive take the same time (decisions E6), of one address the same more. */
export async function untilFloor(
  startedAt: number,
  { authenticationFloorMilliseconds: floor }: PesitSettings,
  delayMilliseconds: number,
): Promise<void> {
  const jitter = floor === 0 ? 0 : randomInt(Math.ceil(floor / 5) + 1)
  const left = floor + jitter + delayMilliseconds - (performance.now() - startedAt)
  if (left > 0) await sleep(left)
}

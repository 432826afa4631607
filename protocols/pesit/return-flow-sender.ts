import { createHash, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { certificateSha256, spkiSha256 } from '../../certs/fingerprint.ts'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { Clock } from '../../gateway/clock.ts'
import type { Proof } from '../../gateway/flow.ts'
import { CalledLine } from '../called-line.ts'
import type { ProtocolMemory, Sessions } from '../listener.ts'
import type { Delivery, PesitTarget, ReturnFlowSender } from '../return-flow-sender.ts'
import { DeliveryFault } from '../return-flow-sender.ts'
import { callingTerms } from './calling-terms.ts'
import { deliveryFailure } from './delivery-failure.ts'
import { sendingVerdict } from './errors.ts'
import type { WritingOrder, WritingRecord, WrittenFile } from './file-writing.ts'
import { routeBack } from './kept-parameters.ts'
import type { ResolvedProfile } from './partner-profile.ts'
import { PesitRefusal } from './pesit-refusal.ts'
import type { PesitTls } from './pesit-socket.ts'
import { TlsSessions } from './pesit-socket.ts'
import { pesitDate } from './parameter-values.ts'
import { PesitRequester } from './sender.ts'
import { WritingMemory } from './writing-memory.ts'

/** The gateway's own client certificate. */
export interface ClientIdentity {
  readonly keyPem: string
  readonly certificatePem: string
  /** Intermediate first. */
  readonly chainPem: readonly string[]
  readonly sha256: string
}

export interface PesitSenderServices {
  readonly settings: PesitSettings
  readonly clientIdentity: () => Promise<ClientIdentity>
  readonly memory: ProtocolMemory
  readonly sessions: Sessions
  readonly clock: Clock
}

/** PI 13 has three bytes; 0 means none. */
const TRANSFER_ID_BYTES = 3

/**
 * Brings return flows to partners over PeSIT: the gateway calls and writes, PI 12 being the code of
 * the return flow and PI 37 its full name (decisions E3). A delivery that was cut is taken up by the
 * next attempt where the partner says.
 */
export function createPesitSender(services: PesitSenderServices): ReturnFlowSender {
  const tlsSessions = new TlsSessions()
  const contextOf = followIdentity(services.clientIdentity)
  return async (delivery) => {
    const { target } = delivery
    if (target.protocol !== 'pesit') throw new TypeError(`a target of ${target.protocol}`)
    const tls: PesitTls = {
      context: await contextOf(),
      refuses: (shown) => certificateFault(shown, target, services.clock.now()),
      sessions: tlsSessions,
    }
    return await deliver(services, delivery, target, tls)
  }
}

async function deliver(
  services: PesitSenderServices,
  delivery: Delivery,
  target: PesitTarget,
  tls: PesitTls,
): Promise<Proof> {
  const { settings, clock } = services
  const { applicationCode } = delivery.connection
  const terms = callingTerms(settings, {
    ...target,
    applicationCode,
    overrides: target.overrides.pesit ?? {},
  })
  const { requesterId, serverId, profile } = terms
  const line = new CalledLine()
  const session = services.sessions.open({
    protocol: 'pesit',
    peer: `${target.host}:${target.port}`,
    line,
  })
  session.note({
    connectionId: delivery.connection.id,
    fields: { requester: requesterId, server: serverId, returnFlow: delivery.returnFlow.id },
  })
  session.carries({ direction: 'out', name: delivery.returnFlow.fileName })
  let outcome = 'delivered'
  try {
    const requester = await PesitRequester.connect({
      place: { host: target.host, port: target.port, addresses: target.addresses, tls },
      ...terms,
      access: 'write',
      endCodeOfGivingUp: 8,
      signal: AbortSignal.any([delivery.signal, line.signal]),
      onSocket: (socket) => line.use(socket),
      transcript: session.transcript,
    })
    try {
      const written = await writeOnce(services, delivery, requester, profile)
      return {
        kind: 'pesit-ack',
        at: clock.now(),
        evidence: {
          sessionId: session.id,
          requester: requesterId,
          server: serverId,
          tls: requester.isResumed ? 'resumed' : 'new',
          ...evidenceOf(written),
        },
      }
    } finally {
      await requester.close()
    }
  } catch (error) {
    outcome = line.reason ?? (error instanceof Error ? error.message : String(error))
    const fault = line.fault ?? new DeliveryFault(deliveryFailure(error))
    throw fault.inSession(session.id)
  } finally {
    await session.close(outcome)
  }
}

/** What the partner's own duplicate rule made of it: the flow is there from an attempt before. */
const ALREADY_THERE = 'already-there'

/** Takes up what an attempt before began; where the partner has nothing of it, all goes again. */
async function writeOnce(
  services: PesitSenderServices,
  delivery: Delivery,
  requester: PesitRequester,
  profile: ResolvedProfile,
): Promise<WrittenFile | typeof ALREADY_THERE> {
  const { returnFlow, connection, attempt, emission } = delivery
  const memory = new WritingMemory(
    services,
    connection.id,
    `${returnFlow.id}/${emission}`,
    services.settings.restartSeconds,
  )
  const kept = await memory.last()
  const fresh: WritingRecord = {
    transferId: transferIdOf(`${returnFlow.id}/${emission}`),
    createdAt: pesitDate(new Date(returnFlow.createdAt)),
    articleBytes: profile.articleBytes,
    trail: [],
  }
  const write = async (record: WritingRecord): Promise<WrittenFile> => {
    const written = await requester.write({
      content: delivery.content,
      ...namesOf(delivery, profile),
      ...(profile.routing === 'relay' ? routeBack(delivery.evidence ?? {}) : {}),
      record,
      isRestart: record.trail.length > 0,
      onRecord: (now) => memory.keep(now),
      signal: delivery.signal,
    })
    await memory.forget()
    return written
  }
  try {
    if (kept !== undefined) {
      try {
        return await write(kept)
      } catch (error) {
        if (!isForFreshStart(error)) throw error
      }
    }
    return await write(fresh)
  } catch (error) {
    const said = error instanceof PesitRefusal ? error.diagnostic : undefined
    const isThere = said !== undefined && sendingVerdict(said) === 'already-there'
    if (!isThere || attempt === 1) throw error
    await memory.forget()
    return ALREADY_THERE
  }
}

/** Connect:Express answers a restart that it did not ask for by 2/204 (reference §10.1). */
function isForFreshStart(error: unknown): boolean {
  if (!(error instanceof PesitRefusal) || error.diagnostic === undefined) return false
  const verdict = sendingVerdict(error.diagnostic)
  return verdict === 'restart-from-start' || verdict === 'already-there'
}

function namesOf(
  { returnFlow }: Delivery,
  { naming, maxFileNameCharacters }: ResolvedProfile,
): Pick<WritingOrder, 'fileName' | 'label' | 'freeText'> {
  const { interfaceCode, fileName } = returnFlow
  if (naming === 'file-name') return { fileName: fileName.slice(0, maxFileNameCharacters) }
  const code = interfaceCode.slice(0, maxFileNameCharacters)
  if (naming === 'free-text') return { fileName: code, freeText: fileName }
  return { fileName: code, label: fileName }
}

/** The same for all attempts of one emission. */
function transferIdOf(name: string): number {
  const id = createHash('sha256').update(name).digest().readUIntBE(0, TRANSFER_ID_BYTES)
  return id === 0 ? 1 : id
}

function evidenceOf(written: WrittenFile | typeof ALREADY_THERE): Record<string, string> {
  if (written === ALREADY_THERE) return { diagnostic: '2/204', acknowledgement: ALREADY_THERE }
  const { transferId, dataBytes, articles, startPoint, text, notes } = written
  return {
    diagnostic: '0/000',
    transfer: String(transferId),
    dataBytes: String(dataBytes),
    articles: String(articles),
    startPoint: String(startPoint),
    ...(text === undefined ? {} : { text }),
    ...(notes.length === 0 ? {} : { notes: notes.join('; ') }),
  }
}

function followIdentity(identity: () => Promise<ClientIdentity>): () => Promise<SecureContext> {
  let made: { readonly sha256: string; readonly context: SecureContext } | undefined
  return async () => {
    const { sha256, keyPem, certificatePem, chainPem } = await identity()
    if (made?.sha256 !== sha256) {
      const cert = [certificatePem, ...chainPem].join('')
      made = { sha256, context: createSecureContext({ key: keyPem, cert, minVersion: 'TLSv1.2' }) }
    }
    return made.context
  }
}

/** The partner's server shows a certificate of its form, or one of the same key; and in time. */
function certificateFault(
  shown: X509Certificate,
  { certificates }: PesitTarget,
  now: number,
): string | undefined {
  const sha256 = certificateSha256(shown)
  const key = spkiSha256(shown.publicKey)
  const registered = certificates.filter(({ part }) => part === 'server')
  const isKnown = registered.some(
    (one) => one.sha256 === sha256 || spkiSha256(new X509Certificate(one.der).publicKey) === key,
  )
  if (!isKnown) return `its certificate ${sha256} is not the one of the form`
  const isInTime = shown.validFromDate.getTime() <= now && now <= shown.validToDate.getTime()
  return isInTime ? undefined : `its certificate ended on ${shown.validTo}`
}

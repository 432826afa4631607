import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pesitSettings } from '../../config/pesit-settings.ts'
import { newSessions, startPesitListener } from '../../protocols/pesit/listener.ts'
import type { PesitAddress } from '../partner-address.ts'
import type { PartnerFolder } from '../partner-folder.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import type { PartnerListener, PartnerListenerOptions } from './partner-listener.ts'
import { pesitListenOverrides } from './pesit-options.ts'
import { partnerServices } from './pesit-partner-services.ts'

const STOP_MILLISECONDS = 2_000

export interface PesitPartnerListener extends PartnerListener {
  /** The real one. */
  readonly port: number
}

/**
 * A partner that the gateway calls over PeSIT: the gateway's own listener with services of a folder
 * in place of journal and pipeline.
 */
export async function startPesitPartner(
  partner: PartnerFolder<PesitAddress>,
  options: PartnerListenerOptions,
): Promise<PesitPartnerListener> {
  const { address, folder } = partner
  const host = options.host ?? address.listener?.host ?? '127.0.0.1'
  const port = options.port ?? address.listener?.port
  if (port === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'The partner folder does not say where the gateway calls.',
      'Say --port, or give connection.json a listener.',
    )
  }
  const overrides = pesitListenOverrides(options.pesit)
  const { privateKey, certificatePem, chainPem } = await partner.credentials('server')
  const identity = {
    keyPem: privateKey,
    certificatePem,
    chainPem: chainPem === '' ? [] : [chainPem],
  }
  const incoming = join(folder, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  const gateway = await partner.gatewayCertificates('pesit-client')
  const listener = await startPesitListener({
    services: await partnerServices({
      applicationCode: partner.applicationCode,
      overrides,
      folder: incoming,
      gatewayFingerprints: gateway.map((pem) => new X509Certificate(pem)),
      ...options,
    }),
    settings: pesitSettings.parse({ enabled: true, identifiers: [address.ownId] }),
    host,
    port,
    identicalResend: 'same-answer',
    identity: () => identity,
    sessions: newSessions(),
  })
  return {
    url: `pesit over TLS, ${listener.address.host} port ${listener.address.port}, as ${address.ownId}`,
    port: listener.address.port,
    stop: () => listener.stop(STOP_MILLISECONDS),
  }
}

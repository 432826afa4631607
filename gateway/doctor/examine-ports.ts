import { once } from 'node:events'
import { createServer } from 'node:net'
import { errorCode } from '../durable-files.ts'
import { as2Address, pesitAddress, sftpAddress } from '../own-addresses.ts'
import { found, well, type Diagnosis } from './diagnosis.ts'
import type { Patient } from './patient.ts'
import { portHolder } from './port-holder.ts'

interface WantedPort {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** Whether the ports of the settings are free; while the gateway runs they are its own. */
export async function examinePorts(patient: Patient): Promise<readonly Diagnosis[]> {
  if (patient.isRunning) return []
  const diagnoses = await Promise.all(wantedPorts(patient).map(examinePort))
  const wrong = diagnoses.flat()
  return wrong.length === 0
    ? [well({ en: 'ports', fr: 'ports' }, { en: 'free', fr: 'libres' })]
    : wrong
}

function wantedPorts({ config }: Patient): readonly WantedPort[] {
  const { sftp, as2, pesit, api } = config
  const listens = config.roles.includes('listeners')
  const as2Host = as2Address(config)
  const wanted = [
    { is: listens && sftp.enabled, name: 'SFTP', host: sftpAddress(config), port: sftp.port },
    { is: listens && as2.enabled, name: 'AS2', host: as2Host, port: as2.port },
    {
      is: listens && as2.enabled && as2.https,
      name: 'AS2 https',
      host: as2Host,
      port: as2.httpsPort,
    },
    { is: listens && pesit.enabled, name: 'PeSIT', host: pesitAddress(config), port: pesit.port },
    {
      is: config.roles.includes('api') && api.enabled,
      name: 'API',
      host: api.host,
      port: api.port,
    },
  ]
  return wanted.filter(({ is, port }) => is && port !== 0)
}

async function examinePort({ name, host, port }: WantedPort): Promise<Diagnosis[]> {
  const server = createServer()
  try {
    await once(server.listen(port, host), 'listening')
    return []
  } catch (error) {
    const where = `${name} ${host}:${port}`
    const code = errorCode(error)
    if (code !== 'EADDRINUSE') return [found('port-refused', `${where} ${code}`)]
    const holder = await portHolder(port)
    return [
      found('port-taken', {
        en: `${where} is taken${holder === undefined ? '' : ` by ${holder}`}`,
        fr: `${where} est pris${holder === undefined ? '' : ` par ${holder}`}`,
      }),
    ]
  } finally {
    server.close()
  }
}

import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makePartnerCredentials } from '../../../gateway/partner-credentials.ts'
import { runProgram } from '../child-program.ts'
import type { ExchangeWay } from './exchange-way.ts'
import { listenerOf, registerGuest } from './register-guest.ts'

/** OpenSSH's sftp. */
export const joinOverSftp: ExchangeWay['join'] = async (gateway, guest) => {
  const { applicationCode } = guest
  const { certificatePem, folder, files } = await makePartnerCredentials({
    folder: join(guest.folder, applicationCode),
    commonName: applicationCode,
    now: Date.now(),
    sign: async (requestPem) => {
      const order = { requestPem, purpose: 'client', days: 30 } as const
      const issued = await gateway.identity.signRequest(order)
      if (issued === undefined) throw new Error('the test authority refused our request')
      return issued
    },
  })
  const chain = [gateway.identity.testIntermediatePem, gateway.identity.testRootPem]
  await registerGuest(gateway, guest, {
    certificatePem: [certificatePem, ...chain].join('\n'),
    protocol: 'sftp',
  })
  const { host, port } = listenerOf(gateway, 'sftp')
  const knownHosts = join(folder, 'hosts')
  await writeFile(knownHosts, `${gateway.identity.knownHosts(host, port).join('\n')}\n`)
  const settings = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=none',
    `UserKnownHostsFile=${knownHosts}`,
    `Port=${port}`,
  ].flatMap((setting) => ['-o', setting])
  const key = ['-F', 'none', '-i', join(folder, files.key)]
  const batch = (commands: string): ReturnType<typeof runProgram> => {
    const args = [...key, ...settings, '-b', '-', `${applicationCode}@${host}`]
    return runProgram('sftp', args, { input: `${commands}\n`, cwd: folder })
  }
  const sftp = async (command: string): Promise<string> => {
    const end = await batch(command)
    if (end.code !== 0) throw new Error(end.stderr)
    return end.stdout
  }
  const box = await mkdtemp(join(folder, 'files-'))
  return {
    applicationCode,
    async put(name, content) {
      await writeFile(join(box, name), content)
      await sftp(`put ${join(box, name)} /depot/${name}`)
    },
    async tell(name, content) {
      await writeFile(join(box, name), content)
      // Under another name first, as many partners do: the name of the flow comes last.
      const { code, stdout, stderr } = await batch(
        `put ${join(box, name)} /depot/${name}.part\nrename /depot/${name}.part /depot/${name}`,
      )
      return `exit ${code} ${stderr} ${stdout}`
    },
    async take(start) {
      const said = await sftp('ls -1 /retrait')
      const names = [...said.matchAll(/\/retrait\/(\S+)/g)].map(([, name = '']) => name)
      const name = names.find((one) => one.startsWith(start))
      if (name === undefined) return undefined
      await sftp(`get /retrait/${name} ${join(box, name)}`)
      return { name, content: await readFile(join(box, name)) }
    },
    leave: async () => {},
  }
}

import { hostAndPort, kitTitle, type KitProduct } from '../kit-product.ts'
import type { KitFacts } from '../kit-facts.ts'

/** WinSCP: a site to import, and a script for `winscp.com` (winscp.net, scripting and session URL). */
export const WINSCP: KitProduct = {
  id: 'winscp',
  name: 'WinSCP',
  protocols: ['sftp'],
  basis: 'documentation',
  use: {
    en: 'Make a PuTTY key first: winscp.com /keygen client.key /output=client.ppk. Then run deposit.txt with winscp.com /ini=nul /script=winscp\\deposit.txt, or import site.ini (Login, Tools, Import/Restore Configuration) and compare the fingerprint it asks about with those in the README.',
    fr: 'Faites d’abord une clé PuTTY : winscp.com /keygen client.key /output=client.ppk. Puis lancez deposit.txt par winscp.com /ini=nul /script=winscp\\deposit.txt, ou importez site.ini (Connexion, Outils, Importer/Restaurer la configuration) et comparez l’empreinte demandée à celles du LISEZMOI.',
  },
  files(facts) {
    const { applicationCode, address, exampleName, settings } = facts
    const { depositFolder, retrievalFolder } = settings
    const site = [
      `; ${kitTitle(facts)}`,
      `[Sessions\\Raccord%20${applicationCode}]`,
      `HostName=${address.host}`,
      `PortNumber=${address.port}`,
      `UserName=${applicationCode}`,
      'FSProtocol=2',
      'PublicKeyFile=client.ppk',
      `RemoteDirectory=/${depositFolder}`,
      'UpdateDirectories=0',
    ]
    const script = [
      `# ${kitTitle(facts)}`,
      '# winscp.com /ini=nul /script=winscp\\deposit.txt',
      'option batch abort',
      'option confirm off',
      `open sftp://${applicationCode}@${hostAndPort(address)}/ -hostkey="${hostKeys(facts)}" -privatekey="client.ppk" -rawsettings FSProtocol=2`,
      `put "${exampleName}" "/${depositFolder}/"`,
      `ls "/${retrievalFolder}"`,
      'exit',
    ]
    return [
      { path: 'winscp/site.ini', text: `${site.join('\r\n')}\r\n` },
      { path: 'winscp/deposit.txt', text: `${script.join('\r\n')}\r\n` },
    ]
  },
}

/** As WinSCP writes fingerprints: algorithm, bits, SHA-256 in base64; several are separated by `;`. */
function hostKeys({ gateway }: KitFacts): string {
  const bits: Readonly<Record<string, number>> = { 'ssh-ed25519': 255, 'ssh-rsa': 3072 }
  return gateway.sftp.hostKeys
    .map(({ algorithm, fingerprint }) => {
      const sha256 = fingerprint.replace('SHA256:', '')
      return `${algorithm} ${bits[algorithm] ?? 0} ${sha256}`
    })
    .join(';')
}

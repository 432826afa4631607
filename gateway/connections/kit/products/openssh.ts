import { kitTitle, type KitProduct } from '../kit-product.ts'

/** OpenSSH: `sftp`, `scp`, and lftp that calls `ssh` (ssh_config(5)). */
export const OPENSSH: KitProduct = {
  id: 'openssh',
  name: 'OpenSSH',
  protocols: ['sftp'],
  basis: 'run',
  use: {
    en: 'From the folder of this kit, with your key beside it: sftp -F openssh/ssh_config CODE. To use it from anywhere, copy the section into ~/.ssh/config and write whole paths.',
    fr: 'Depuis le dossier de ce kit, avec votre clé à côté : sftp -F openssh/ssh_config CODE. Pour l’utiliser de partout, recopiez la section dans ~/.ssh/config avec des chemins complets.',
  },
  files(facts) {
    const { applicationCode, address, keyFile, settings } = facts
    const lines = [
      `# ${kitTitle(facts)}`,
      `Host ${applicationCode} ${address.host}`,
      `  HostName ${address.host}`,
      `  Port ${address.port}`,
      `  User ${applicationCode}`,
      `  IdentityFile ${keyFile}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      '  PreferredAuthentications publickey',
      '  UserKnownHostsFile known_hosts',
      '  GlobalKnownHostsFile none',
      '  StrictHostKeyChecking yes',
      ...(settings.algorithms === 'platform' ? ['  Ciphers aes256-cbc,aes128-cbc'] : []),
    ]
    return [{ path: 'openssh/ssh_config', text: `${lines.join('\n')}\n` }]
  },
}

import type { BilingualText } from '../../flow.ts'
import type { KitFacts } from './kit-facts.ts'
import { hostAndPort } from './kit-product.ts'
import { as2Names } from './products/as2-names.ts'

/** One line to paste into a shell, from the folder of the kit, the flow's file beside it. */
export interface KitCommand {
  readonly id: string
  readonly what: BilingualText
  readonly line: string
}

/** What a partner types; PeSIT has no command of its own, its programs are in KIT_PRODUCTS. */
export function kitCommands(facts: KitFacts): readonly KitCommand[] {
  switch (facts.protocol) {
    case 'sftp':
      return sftpCommands(facts)
    case 'as2':
      return as2Commands(facts)
    case 'pesit':
      return []
  }
}

function sftpCommands(facts: KitFacts): readonly KitCommand[] {
  const { applicationCode: user, address, keyFile, exampleName: file, settings } = facts
  const { depositFolder, retrievalFolder } = settings
  const url = `sftp://${hostAndPort(address)}`
  const fingerprint = facts.gateway.sftp.hostKeys
    .find(({ state, algorithm }) => state === 'in-use' && algorithm === 'ssh-ed25519')
    ?.fingerprint.replace('SHA256:', '')
  const pin = fingerprint === undefined ? '' : ` --hostpubsha256 ${fingerprint}`
  return [
    {
      id: 'sftp',
      what: { en: 'Deposit with OpenSSH', fr: 'Déposer avec OpenSSH' },
      line: `echo 'put ${file} /${depositFolder}/' | sftp -b - -F openssh/ssh_config ${user}`,
    },
    {
      id: 'sftp-get',
      what: {
        en: 'Fetch the reports (each can be fetched once)',
        fr: 'Retirer les comptes rendus (chacun une seule fois)',
      },
      line: `echo 'get /${retrievalFolder}/*' | sftp -b - -F openssh/ssh_config ${user}`,
    },
    {
      id: 'curl',
      what: {
        en: 'Deposit with curl (libssh2 1.11 or later; an older one wants an EC key)',
        fr: 'Déposer avec curl (libssh2 1.11 ou plus ; avant, il faut une clé EC)',
      },
      line: `curl --silent --show-error --user ${user}: --key ${keyFile}${pin} --upload-file ${file} ${url}/${depositFolder}/`,
    },
    {
      id: 'lftp',
      what: { en: 'Deposit with lftp', fr: 'Déposer avec lftp' },
      line: `lftp --norc -c 'set sftp:connect-program "ssh -a -x -F openssh/ssh_config"; set net:max-retries 1; set cmd:fail-exit true; open -u ${user}, ${url}; put ${file} -o ${depositFolder}/${file}'`,
    },
  ]
}

/** A message by hand, signed then encrypted (RFC 4130 §2.3.1), to see what the gateway answers. */
function as2Commands(facts: KitFacts): readonly KitCommand[] {
  const { keyFile, exampleName: file } = facts
  const { own, gateway, url } = as2Names(facts)
  const part = `(printf 'Content-Type: application/octet-stream\\r\\nContent-Transfer-Encoding: binary\\r\\nContent-Disposition: attachment; filename="${file}"\\r\\n\\r\\n'; cat ${file})`
  const sign = `openssl cms -sign -binary -md sha256 -signer server.pem -inkey ${keyFile}`
  const encrypt = 'openssl cms -encrypt -binary -aes256 -outform DER gateway/as2.pem'
  const headers = [
    `AS2-Version: 1.2`,
    `AS2-From: ${own}`,
    `AS2-To: ${gateway}`,
    `Message-ID: <$(date +%s).$$@${own}>`,
    `Subject: ${file}`,
    'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m',
    `Disposition-Notification-To: ${own}`,
    'Disposition-Notification-Options: signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256',
  ].map((header) => `-H "${header}"`)
  return [
    {
      id: 'curl',
      what: {
        en: 'Send with openssl and curl, to see the answer (MDN)',
        fr: 'Envoyer avec openssl et curl, pour voir la réponse (MDN)',
      },
      line: `${part} | ${sign} | ${encrypt} | curl --silent --show-error --data-binary @- ${headers.join(' ')} ${url}`,
    },
  ]
}

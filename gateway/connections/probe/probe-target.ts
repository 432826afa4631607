import type { ConnectionDocument } from '../connection-forms.ts'
import type { ProbeTarget } from './probe.ts'

const HTTP_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** Where the gateway would call the partner; undefined when the form does not say it. */
export function probeTarget({
  protocol,
  running,
  form,
}: ConnectionDocument): ProbeTarget | undefined {
  const network = (running ?? form).network
  switch (protocol) {
    case 'sftp':
      return undefined
    case 'as2':
      return as2Target(network?.as2?.url)
    case 'pesit': {
      const { host, port } = network?.pesit ?? {}
      if (host === undefined || host.trim() === '' || port === undefined) return undefined
      return { host: host.trim(), port, isTls: true, url: null }
    }
  }
}

function as2Target(text: string | undefined): ProbeTarget | undefined {
  const url = URL.parse(text ?? '')
  const usualPort = url === null ? undefined : HTTP_PORTS[url.protocol]
  if (url === null || usualPort === undefined || url.hostname === '') return undefined
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: url.port === '' ? usualPort : Number(url.port),
    isTls: url.protocol === 'https:',
    url: url.href,
  }
}

import { callApi, lastSeenOfPods, type PlanContext, type StepDraft, script } from '@sealer/core';
import { apiServiceAddress } from './config.js';
import { configFile, kubeadm, kubeadmLock, kubectl, paths } from './places.js';

export function installAddons(ctx: PlanContext): StepDraft[] {
  const host = ctx.master0;
  return [
    ctx.wait('The service address of the API answers', {
      host,
      timeout: 120_000,
      interval: 200,
      hint: `what carries ${apiServiceAddress(ctx)} to the API server are the rules of kube-proxy (kubectl -n kube-system logs -l k8s-app=kube-proxy) and a route to it on the first master (ip route get ${apiServiceAddress(ctx)})`,
      lastSeen: async (machine) => {
        const route = await machine.query.run(['ip', 'route', 'get', apiServiceAddress(ctx)]);
        const way = (route.status === 0 ? route.stdout : route.stderr).trim().split('\n')[0];
        const proxy = await lastSeenOfPods(machine, kubectl(ctx), 'kube-system', 'k8s-app=kube-proxy');
        return `the route to it is "${way}"; kube-proxy: ${proxy}`;
      },
      until: (machine) =>
        machine.query.succeeds(script('timeout 1 bash -c "</dev/tcp/$1/443" 2>/dev/null', apiServiceAddress(ctx))),
    }),
    ctx.step('Install CoreDNS', {
      host,
      lock: kubeadmLock(ctx),
      check: (machine) =>
        machine.query.succeeds([...kubectl(ctx), '-n', 'kube-system', 'get', 'service/kube-dns', 'deployment/coredns']),
      run: async (machine, io) => {
        const argv = [
          kubeadm(ctx),
          'init',
          'phase',
          'addon',
          'coredns',
          '--config',
          configFile(ctx),
          '--kubeconfig',
          paths.adminConf,
        ];
        await callApi(machine, argv, io, { lock: kubeadmLock(ctx) });
      },
    }),
    ctx.wait('CoreDNS is ready', {
      host,
      hint: 'look at the pods (kubectl -n kube-system describe pods -l k8s-app=kube-dns; kubectl -n kube-system logs -l k8s-app=kube-dns)',
      lastSeen: (machine) => lastSeenOfPods(machine, kubectl(ctx), 'kube-system', 'k8s-app=kube-dns'),
      until: async (machine) => {
        const read = [
          ...kubectl(ctx),
          '-n',
          'kube-system',
          'get',
          'deployment',
          'coredns',
          '-o',
          'jsonpath={.status.availableReplicas}',
        ];
        // One that answers is enough to go on; the kubelet may look at the other only seconds later.
        const result = await machine.query.run(read);
        return result.status === 0 && Number(result.stdout) > 0;
      },
    }),
  ];
}

import { days, defineProject, email, hours, minutes, pagerDuty, seconds, slack, webhook } from 'tocsin';

export default defineProject({
  id: 'several-teams',
  title: 'Several teams in three environments',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(30),
  scrapeTimeout: seconds(5),
  evaluationInterval: seconds(30),
  retention: days(35),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'https://grafana.example.com' },
  environments: {
    staging: {
      externalLabels: { environment: 'staging', region: 'eu' },
      alertmanagers: ['alertmanager.staging:9093'],
      prometheusUrl: 'http://prometheus.staging:9090',
      secretsDirectory: 'secrets',
    },
    production: {
      externalLabels: { environment: 'production', region: 'eu' },
      alertmanagers: ['alertmanager-0:9093', 'alertmanager-1:9093'],
      prometheusUrl: 'https://prometheus.example.com',
      secretsDirectory: '/run/secrets',
    },
    rehearsal: {
      externalLabels: { environment: 'rehearsal', region: 'eu' },
      alertmanagers: ['127.0.0.1:9093'],
      prometheusUrl: 'http://127.0.0.1:9090',
      inbox: { url: 'http://127.0.0.1:8025/', smtp: '127.0.0.1:8026' },
    },
  },
  severities: {
    critical: { title: 'Down', respondWithin: minutes(5), color: 'red' },
    warning: { title: 'On its way', respondWithin: hours(1) },
    low: { title: 'In working hours', respondWithin: 'next-business-day', color: 'blue' },
    note: { title: 'For the review', respondWithin: 'review', color: 'green' },
  },
  receivers: {
    'search-pager': pagerDuty({ routingKeyFile: 'search.key', sendResolved: false }),
    'search-chat': slack({ channel: '#search', apiUrlFile: 'slack.url' }),
    'edge-mail': email({
      to: 'edge@example.com',
      from: 'alerts@example.com',
      smarthost: 'smtp.example.com:587',
      username: 'alerts',
      passwordFile: 'smtp.password',
    }),
    'edge-lead': email({
      to: 'lead@example.com',
      from: 'alerts@example.com',
      smarthost: 'smtp.example.com:25',
      requireTls: false,
      sendResolved: true,
    }),
    tickets: webhook({ url: 'https://tickets.example.com/alerts', bearerTokenFile: 'tickets.token' }),
    log: webhook({ url: 'http://log.example.com/alerts' }),
  },
  teams: {
    search: {
      title: 'Search',
      notify: {
        critical: { to: ['search-pager', 'search-chat'], repeatEvery: hours(1) },
        warning: { to: ['search-chat'], respondWithin: minutes(30) },
        low: { to: ['tickets'] },
      },
    },
    edge: {
      title: 'Edge',
      notify: {
        critical: { to: ['edge-mail', 'tickets'] },
        warning: { to: ['edge-mail'] },
        low: { to: ['edge-lead'], repeatEvery: days(2) },
      },
    },
  },
  fallback: ['log'],
});

/**
 * What Bun.listen and its sockets have at run time, but not in bun-types.
 */
declare module "bun" {
  interface TCPSocketListenOptions<Data = undefined> {
    ipv6Only?: boolean;
    reusePort?: boolean;
  }
  interface Socket<Data = undefined> {
    readonly fd: number;
  }
  namespace udp {
    interface BaseUDPSocket {
      readonly fd: number;
    }
  }
  interface SocketListener<Data = undefined> {
    readonly fd: number;
  }
}

export {};

package io.torii.engine.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.torii.engine.StartFailure;
import io.torii.engine.conf.EngineConf;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The engine's port: TLS where there is any, SASL PLAIN first, then framed Thrift messages. No thread waits for an idle connection. */
public final class EngineServer implements AutoCloseable {
  private static final int FRAME_LENGTH_BYTES = 4;
  private static final String HANDSHAKE = "sasl";

  private final EventLoopGroup acceptor = new NioEventLoopGroup(1, new DefaultThreadFactory("torii-accept", true));
  private final EventLoopGroup workers = new NioEventLoopGroup(2, new DefaultThreadFactory("torii-net", true));
  private final EngineTls tls;
  private final GatewayAuthentication authentication;
  private final CallHandler calls;
  private final int maxMessageBytes;
  private Channel listener;

  /** `tls` is null where the port is plain. */
  public EngineServer(EngineConf conf, EngineTls tls, GatewayAuthentication authentication, CallHandler calls) {
    this.tls = tls;
    this.authentication = authentication;
    this.calls = calls;
    this.maxMessageBytes = conf.number("kyuubi.frontend.thrift.max.message.size", 100 * 1024 * 1024);
  }

  /** Listens on the first free port of the range and returns it. */
  public int bind(EngineConf conf) {
    PortRange range = PortRange.parse(conf.get("torii.engine.port.range", "0"));
    String host = conf.get("torii.engine.bind.host", "0.0.0.0");
    ServerBootstrap bootstrap = new ServerBootstrap()
        .group(acceptor, workers)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(256 * 1024, 1024 * 1024))
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override
          protected void initChannel(SocketChannel channel) {
            if (tls != null) {
              channel.pipeline().addLast("tls", tls.handler(channel));
            }
            channel.pipeline().addLast(HANDSHAKE, new SaslHandshake(authentication, EngineServer.this::serve));
          }
        });
    Throwable last = null;
    for (int port = range.first; port <= range.last; port++) {
      try {
        listener = bootstrap.bind(host, port).syncUninterruptibly().channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
      } catch (Exception e) {
        // Netty throws the checked BindException unannounced; the next port may be free.
        last = e;
      }
    }
    String ports = range.first == range.last ? "port " + range.first : "ports " + range.first + "-" + range.last;
    throw new StartFailure("cannot listen on " + host + ", " + ports + " (torii.engine.port.range)", last);
  }

  private void serve(ChannelHandlerContext context, String user) {
    ChannelPipeline pipeline = context.pipeline();
    pipeline.addLast("frames", new LengthFieldBasedFrameDecoder(maxMessageBytes, 0, FRAME_LENGTH_BYTES, 0, FRAME_LENGTH_BYTES));
    pipeline.addLast("requests", new RequestHandler(new Connection(user), calls, new ReplyWriter()));
    // What has come in behind the negotiation is handed to the new handlers by the removal itself.
    pipeline.remove(HANDSHAKE);
  }

  /** Takes no more connections; those that are open go on. */
  public void stopListening() {
    if (listener != null) {
      listener.close();
    }
  }

  @Override
  public void close() {
    stopListening();
    workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}

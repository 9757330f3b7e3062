# Replaces the image of Elasticsearch 6.5.4 where no registry is available: the same engine, from the zip on
# Maven Central, which is the context of the build. It supports the same command and ES_JAVA_OPTS, and stores its
# data in the same directory.
ARG BASE
FROM ${BASE}
COPY elasticsearch-6.5.4 /usr/share/elasticsearch
# The engine is from 2018. Newer JVMs reject some of its options and need others. Without jdk.management it
# does not check the limit on open files, which may be lower here than it requires.
RUN printf '%s\n' -XX:+UseParallelGC -XX:-UsePerfData -Dfile.encoding=UTF-8 -Djna.nosys=true \
      -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true -Dio.netty.recycler.maxCapacityPerThread=0 \
      -Dlog4j.shutdownHookEnabled=false -Dlog4j2.disable.jmx=true -Djava.security.manager=allow \
      --limit-modules=java.se,jdk.unsupported,jdk.zipfs \
      --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED \
      > /usr/share/elasticsearch/config/jvm.options \
 && mkdir -p /usr/share/elasticsearch/data /usr/share/elasticsearch/logs \
 && chown -R 1000:1000 /usr/share/elasticsearch
ENV PATH=/usr/share/elasticsearch/bin:$PATH
USER 1000:1000
EXPOSE 9200 9300
CMD ["elasticsearch"]

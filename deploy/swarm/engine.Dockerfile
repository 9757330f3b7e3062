# Stands in for the image of Elasticsearch 6.5.4 where no registry can be reached: the same engine, from the
# zip on Maven Central, which is the build's context. It takes the same command, the same ES_JAVA_OPTS, and
# keeps its data in the same place.
ARG BASE
FROM ${BASE}
COPY elasticsearch-6.5.4 /usr/share/elasticsearch
# It is from 2018: newer JVMs refuse some of its options and want to be told what it may do. Without
# jdk.management it does not see how many files it may have open, which may be fewer here than it insists on.
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
